"""The whole product as a newcomer starts it, `eslatam serve`, on free ports."""

from collections.abc import Iterator

import pytest

from benchmarks.running import FAKE, Service, serve


@pytest.fixture(scope="session")
def embedded() -> Iterator[Service]:
    """The service as it is installed: default.yaml, the embedded voice."""
    with serve({}) as service:
        yield service


@pytest.fixture(scope="session")
def fake() -> Iterator[Service]:
    with serve(FAKE) as service:
        yield service
