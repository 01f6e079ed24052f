from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from eslatam import SpeechError

from service.commands.bench import listeners
from service.commands.bench.listeners import COMPLETE, Audio, Heard, RefusedError, connect, listen_all
from service.commands.bench.schedule import Visit
from service.models.fake import FakeModel
from tests.service.conftest import StartServer


class Player:
    """Gives pieces of audio, each after a time of a clock of its own."""

    def __init__(self, pieces: Sequence[tuple[float, float]]) -> None:
        self.now = 0.0
        self._pieces = pieces

    @asynccontextmanager
    async def ask(self, visit: Visit) -> AsyncIterator[Audio]:
        yield self._play()

    async def _play(self) -> Audio:
        for wait, seconds in self._pieces:
            self.now += wait
            yield seconds


@pytest.mark.parametrize(
    ("pieces", "first", "gap"),
    [
        ([(0.5, 1.0), (0.9, 1.0), (1.1, 1.0)], 0.5, 0.0),
        ([(0.5, 1.0), (1.25, 1.0), (0.1, 1.0)], 0.5, 0.25),
        ([(0.5, 1.0), (0.25, 1.0), (2.0, 1.0)], 0.5, 0.25),
    ],
)
async def test_a_gap_is_how_late_a_piece_comes_for_a_player(
    monkeypatch: pytest.MonkeyPatch, pieces: Sequence[tuple[float, float]], first: float, gap: float
) -> None:
    player = Player(pieces)
    monkeypatch.setattr(listeners, "time", SimpleNamespace(perf_counter=lambda: player.now))
    heard = await listeners._visit(player.ask, Visit(0.0, "Hola.", 1), 0.0)
    assert heard == Heard(0.0, COMPLETE, first, sum(wait for wait, _ in pieces), 3.0, pytest.approx(gap))


async def test_listeners_hear_all_of_it_and_refusals_by_their_reason(start_server: StartServer) -> None:
    server = await start_server(FakeModel(fail_on="mal"))
    visits = [Visit(0.0, "a" * 50, 1), Visit(0.0, "Esto sale mal.", 2), Visit(0.0, "¡¿?!", 3)]
    session = await listen_all(f"grpc://127.0.0.1:{server.port}", visits, lambda: None)
    whole, broken, refused = session.heard
    assert whole.outcome == COMPLETE
    assert whole.audio > 2
    assert (broken.outcome, refused.outcome) == ("INTERNAL", "INVALID_FIELD")


async def test_a_service_that_is_not_there_is_told() -> None:
    with pytest.raises(SpeechError):
        await listen_all("grpc://127.0.0.1:1", [], lambda: None)


@pytest.mark.parametrize("target", ["127.0.0.1:50051", "grpc://", "ftp://127.0.0.1"])
def test_a_target_is_a_url(target: str) -> None:
    with pytest.raises(ValueError, match="grpc://HOST:PORT"):
        connect(target)


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"error": {"reason": "OVERLOADED"}}', "OVERLOADED"), (b"<html>", "UNKNOWN"), (b'{"error": 1}', "UNKNOWN")],
)
def test_the_bridge_tells_the_reason(body: bytes, reason: str) -> None:
    assert listeners._reason(body) == reason
    assert str(RefusedError(reason)) == reason
