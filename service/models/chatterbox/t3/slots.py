"""Rows in the slots of a board, for CUDA, where a graph holds each step.

Nothing but the graphs asks for a CUDA device: on a CPU the same step runs as it is written.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from service.models.chatterbox.graphs import Graphs
from service.models.chatterbox.t3.board import Board, advance
from service.models.chatterbox.t3.caches import Opening, extend
from service.models.chatterbox.t3.conditions import LENGTH
from service.models.chatterbox.t3.network import Network

CONTEXT = 1536
"""Positions of a slot: the conditions, a text of some 500 ids and 40 s of speech."""

_STRIDE = 512
"""A step's reach is a multiple of so many positions: each is a graph of its own."""


@dataclass(slots=True, eq=False)
class _Seat:
    """What the host knows of a row: `length` positions are in use, and it may have `limit`."""

    slot: int
    length: int
    limit: int
    generator: torch.Generator


class Slots:
    """Open rows, at most `slots`."""

    def __init__(self, network: Network, slots: int, context: int = CONTEXT) -> None:
        self._network = network
        self._slots = slots
        self._context = context
        self._seats: dict[Hashable, _Seat] = {}
        self._board: Board | None = None
        self._graphs: Graphs | None = None

    def open(self, row: Hashable, opening: Opening) -> None:
        """Raises ValueError if the row could grow past the context, RuntimeError if no slot is free."""
        lanes, length, _ = opening.text.shape
        limit = LENGTH + length + opening.max_tokens
        if limit > self._context:
            raise ValueError(f"a row of {limit} positions, where {self._context} is the most")
        slot = self._find_free()
        if self._board is None:
            self._board = Board.empty(self._network, self._slots, self._context)
        cache = self._board.lanes(slot, lanes)
        cache.begin_with(opening.prefix)
        extend(self._network, cache, LENGTH, opening.text)
        self._board.seat(slot, opening, LENGTH + length)
        generator = torch.Generator(self._network.device).manual_seed(opening.seed)
        self._seats[row] = _Seat(slot, LENGTH + length, limit, generator)

    def step(self, rows: Sequence[Hashable]) -> list[int]:
        """RuntimeError for a row that has had all its tokens."""
        if self._board is None or not rows:
            return []
        seats = [self._seats[row] for row in rows]
        if any(seat.length >= seat.limit for seat in seats):
            raise RuntimeError("a row has had all its tokens")
        self._advance(self._board, seats)
        for seat in seats:
            seat.length += 1
        tokens = self._board.tokens.tolist()
        return [tokens[seat.slot] for seat in seats]

    def drop(self, row: Hashable) -> None:
        self._seats.pop(row, None)

    def close(self) -> None:
        """Gives back the board's memory and the graphs'. The next row makes them anew."""
        self._seats.clear()
        self._graphs = self._board = None

    def _find_free(self) -> int:
        """The first slot, as a step takes in all up to the last one in use."""
        taken = {seat.slot for seat in self._seats.values()}
        for slot in range(self._slots):
            if slot not in taken:
                return slot
        raise RuntimeError("no slot is free")

    def _advance(self, board: Board, seats: Sequence[_Seat]) -> None:
        last = max(seat.slot for seat in seats)
        # Not fewer than two, as a sum along a single row takes another kernel than along one of many.
        count = min(max(2, 1 << last.bit_length()), self._slots)
        reach = min(max(seat.length for seat in seats) // _STRIDE * _STRIDE + _STRIDE, self._context)
        step: Callable[[], None] = partial(advance, self._network, board, count, reach)
        if self._network.device.type == "cuda":
            step = self._capture(board, step, (count, reach))
        for seat in seats:
            board.noise[seat.slot].exponential_(generator=seat.generator)
        stepping = {seat.slot for seat in seats}
        board.active.copy_(torch.tensor([slot in stepping for slot in range(self._slots)]))
        step()

    def _capture(self, board: Board, step: Callable[[], None], key: tuple[int, int]) -> Callable[[], None]:
        """The step as a graph, recorded the first time with no slot active, so that it changes none."""
        self._graphs = self._graphs or Graphs(self._network.device)
        if key not in self._graphs:
            board.active.zero_()
            self._graphs.capture(key, step)
        return partial(self._graphs.replay, key)
