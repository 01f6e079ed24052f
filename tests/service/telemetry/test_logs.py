import json
import logging
from collections.abc import Iterator

import pytest

from service.telemetry import logs


@pytest.fixture(autouse=True)
def root() -> Iterator[None]:
    logger = logging.getLogger()
    before = logger.level, logger.handlers[:]
    yield
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]


def test_a_line_of_json_carries_the_requests_id(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logs.request_id.set("abc")
    logging.getLogger("x").info("línea %d", 1)
    entry = json.loads(capsys.readouterr().err)
    assert (entry["message"], entry["request_id"], entry["levelname"]) == ("línea 1", "abc", "INFO")


def test_a_line_of_text_carries_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "text")
    logs.request_id.set("abc")
    logging.getLogger("x").info("nada")
    logging.getLogger("x").warning("algo")
    assert capsys.readouterr().err.endswith("WARNING x [abc] algo\n")
