"""Windows that go through the flow together, in tensors of fixed shape: CUDA graphs hold its encoder and its steps.

Every row has its place, and in it the window before, its own and the reference have theirs, whatever the others are;
what is spare is hidden from it, and the same kernels run however many rows there are. So no row changes another.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf

import torch
from torch import Tensor
from torch.nn.functional import pad

from service.models.chatterbox.graphs import Graphs
from service.models.chatterbox.s3gen.attention import ALIGNED, HEAD, HEADS, Memory
from service.models.chatterbox.s3gen.context import Context
from service.models.chatterbox.s3gen.encoder import LOOKAHEAD, Encoder
from service.models.chatterbox.s3gen.solver import MELS, Solver, Step
from service.models.chatterbox.s3gen.window import FRAMES, Rendering


class Batch:
    """At most `rows` windows, of at most `tokens` tokens, with cached references of at most `reference`.

    One that is not the last of its segment has all its tokens.
    """

    def __init__(
        self, encoder: Encoder, solver: Solver, *, rows: int, tokens: int, reference: int, device: torch.device
    ) -> None:
        self._encoder = encoder
        self._solver = solver
        slow, fast = encoder.leave(tokens)
        self._slow = Rows(slow, rows, reference)
        self._fast = Rows(fast, rows, FRAMES * reference)
        self._flow = Rows(solver.estimator.leave(FRAMES * tokens), rows, FRAMES * reference)
        self._tokens = torch.zeros(rows, tokens + LOOKAHEAD, dtype=torch.int64, device=device)
        self._known, self._starts = (torch.zeros(rows, dtype=torch.int64, device=device) for _ in range(2))
        (step,) = solver.schedule(1)
        self._step = Step(step.width.clone(), step.shifts.clone())
        self._speakers = step.width.new_zeros(rows, MELS)
        self._states = step.width.new_zeros(rows, FRAMES * tokens, MELS)
        self._inputs = solver.estimator.blank(rows, FRAMES * tokens)
        self._graphs = Graphs(device) if device.type == "cuda" else None
        self._encode = self._hold(self._encode_rows)
        self._advance = self._hold(self._advance_rows)

    def render(self, windows: Sequence[Rendering]) -> None:
        """From tokens to mel. All of one profile."""
        self._seat(windows)
        self._encode()
        for row, window in enumerate(windows):
            if not window.is_last:
                window.leave((self._slow.leave(row), self._fast.leave(row)))
        for step in self._solver.schedule(windows[0].reference.profile.flow_steps):
            self._take(windows, step)
        for row, window in enumerate(windows):
            window.state.copy_(self._states[row, : len(window.state)])

    def _seat(self, windows: Sequence[Rendering]) -> None:
        lengths = [(each.count, len(each.reference.tokens), each.before is not None) for each in windows]
        self._slow.seat(lengths)
        for rows in (self._fast, self._flow):
            rows.seat([(FRAMES * own, FRAMES * reference, follows) for own, reference, follows in lengths])
        self._states.zero_()
        for row, window in enumerate(windows):
            reference, before = window.reference, window.before
            self._tokens[row] = pad(window.tokens, (0, self._tokens.shape[1] - len(window.tokens)))
            self._known[row] = len(window.tokens)
            self._starts[row] = window.start
            self._speakers[row] = reference.speaker
            self._states[row, : len(window.state)] = window.state
            if reference.encoded:
                for rate, rows in enumerate((self._slow, self._fast)):
                    rows.load(row, reference.encoded[rate], before.encoded[rate] if before else None)

    def _take(self, windows: Sequence[Rendering], step: Step) -> None:
        for static, its in zip(self._step, step, strict=True):
            static.copy_(its)
        for row, window in enumerate(windows):
            before = window.before.steps.popleft() if window.before else None
            self._flow.load(row, window.reference.steps[window.step], before)
        self._advance()
        for row, window in enumerate(windows):
            window.step += 1
            if window.past:
                window.past.steps.append(self._flow.leave(row))

    def _encode_rows(self) -> None:
        self._slow.begin(self._starts)
        self._fast.begin(FRAMES * self._starts)
        mean = self._encoder(self._tokens, self._known, self._slow, self._fast)
        self._solver.prepare(self._inputs, mean, self._speakers)

    def _advance_rows(self) -> None:
        self._flow.begin()
        self._solver.advance(self._states, self._inputs, self._step, self._flow)

    def _hold(self, work: Callable[[], None]) -> Callable[[], None]:
        """As a graph, if there is a GPU. Recorded while no row is seated, so that it changes none."""
        if self._graphs is None:
            return work
        self._graphs.capture(work.__name__, work)
        return partial(self._graphs.replay, work.__name__)


class Rows:
    """The way of all rows through one network: what each sees, side by side. What it leaves takes its own place."""

    def __init__(self, context: Context, rows: int, reference: int) -> None:
        """`context` is such as a row leaves; references have at most so many frames."""
        layers, _, heads, self._frames, _ = context.memories.shape
        self._near = 2 * self._frames
        far = reference + -(self._near + reference) % ALIGNED
        self._lengths = [self._near, far]
        self._memories = context.memories.new_zeros(layers, 2, rows, heads, self._near + far, HEAD)
        self._mask = context.memories.new_zeros(rows, 1, 1, self._near + far)
        self._tails = context.tails.new_zeros(rows, *context.tails.shape)
        self.distances: Sequence[int | Tensor] = ()
        self._layer = self._place = 0

    def seat(self, lengths: Sequence[tuple[int, int, bool]]) -> None:
        """For each row its frames, those of its reference, and whether a window is before it."""
        mask = torch.zeros(self._mask.shape)
        for hidden, (own, reference, follows) in zip(mask, lengths, strict=False):
            hidden.fill_(-inf)
            hidden[..., 0 if follows else self._frames : self._frames + own] = 0
            hidden[..., self._near : self._near + reference] = 0
        self._mask.copy_(mask)
        self._memories.zero_()  # hidden keys weigh nothing, unless an earlier row has left what is not a number

    def load(self, row: int, reference: Context, before: Context | None) -> None:
        """What a row sees."""
        memories = self._memories[:, :, row]
        frames = reference.memories.shape[3]
        memories[:, :, :, self._near : self._near + frames] = reference.memories
        if before:
            memories[:, :, :, : self._frames] = before.memories
        self._tails[row] = (before or reference).tails

    def leave(self, row: int) -> Context:
        """What a row has left."""
        return Context(
            self._memories[:, :, row, :, self._frames : self._near].clone(memory_format=torch.contiguous_format),
            self._tails[row].clone(),
        )

    def begin(self, starts: Tensor | None = None) -> None:
        """Before each time through the network. `starts`, shape [rows], are the rows' first frames."""
        self.distances = () if starts is None else (self._frames, starts)
        self._layer = self._place = 0

    def extend(self, x: Tensor, frames: int) -> Tensor:
        lanes, _, channels = x.shape
        place = slice(self._place, self._place + frames * channels)
        self._place = place.stop
        tail = self._tails.flatten(0, 1)[:, place].view(lanes, frames, channels)
        extended = torch.cat((tail, x), dim=1)
        tail.copy_(extended[:, -frames:])
        return extended

    def recall(self, others: Tensor) -> Memory:
        lanes, frames = others.shape[1], self._memories.shape[4]
        memories = self._memories[self._layer].view(2, lanes, HEADS, frames, HEAD)
        self._layer += 1
        memories[..., self._frames : self._near, :] = others
        keys, values = memories.flatten(1, 2)
        return Memory(keys, values, self._lengths, self._mask)
