"""The corpus: what is written, where, and how it may be read. See corpus/README.md for the form of its files."""

from pathlib import Path

import pytest
import yaml

from service.text import prepare

FOLDER = Path(__file__).with_name("corpus")


def load() -> list[object]:
    cases = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for region, readings in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for written, said in readings.items():
                accepted = [said] if isinstance(said, str) else said
                cases.append(pytest.param(region, written, accepted, id=f"{path.stem}-{region}-{written!a}"))
    return cases


@pytest.mark.parametrize(("region", "written", "accepted"), load())
def test_reading(region: str, written: str, accepted: list[str]) -> None:
    said = prepare(written, region).text
    assert said in accepted
    assert prepare(said, region).text == said
    assert not any(character.isdigit() for character in said)
