"""The sentences that voices are judged by."""

from pathlib import Path

SENTENCES = Path(__file__).with_name("sentences36.tsv")


def read_sentences(file: Path = SENTENCES) -> dict[str, str]:
    """Key to text, from lines of key, tab, text."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line)
