import pytest

from service.models.kokoro.model import Kokoro


@pytest.fixture(scope="package")
def kokoro() -> Kokoro:
    return Kokoro(threads=1)
