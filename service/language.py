"""The language of messages to the person at this machine: Spanish where the locale is, else English."""

import os


def speaks_spanish() -> bool:
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "").lower().startswith("es")


def tr(en: str, es: str) -> str:
    """One of the two."""
    return es if speaks_spanish() else en
