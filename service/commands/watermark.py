"""eslatam watermark: whether a recording carries Perth, the watermark of all that Chatterbox says."""

import argparse
import sys
from pathlib import Path

from service.errors import ServiceError
from service.language import tr

LIKELY = 0.5
LONGEST = 3600.0
"""Seconds of the longest recording that is read."""


async def run(options: argparse.Namespace) -> int:
    """0 if it is marked, 1 if not, 2 if it cannot be told."""
    try:
        confidence = _look(options.file)
    except ServiceError as error:
        return _fail(tr(error.en, error.es))
    except OSError as error:
        return _fail(str(error))
    except ImportError:
        return _fail(
            tr(
                "The watermark needs the extra `chatterbox`: run `uv sync --extra chatterbox`.",
                "La marca de agua requiere el extra `chatterbox`: ejecutar `uv sync --extra chatterbox`.",
            )
        )
    marked = confidence > LIKELY
    verdict = tr("marked", "con marca de agua") if marked else tr("not marked", "sin marca de agua")
    print(f"{options.file}: {verdict} ({tr('confidence', 'confianza')} {max(confidence, 1 - confidence):.2f})")
    return 0 if marked else 1


def _look(file: Path) -> float:
    """How sure Perth is that the file is marked, 0 to 1."""
    from service.audio import decode_clip

    try:
        samples, rate = decode_clip(file.read_bytes(), max_seconds=LONGEST)
    except ServiceError as error:  # speaks of a reference
        raise ServiceError(
            error.reason,
            en=f"{file} is not a recording of at most an hour.",
            es=f"{file} no es una grabación de una hora como máximo.",
        ) from error
    from service.models.chatterbox.watermark import Perth

    return Perth().find(samples, rate)


def _fail(line: str) -> int:
    print(f"eslatam: {line}", file=sys.stderr)
    return 2
