"""Chatterbox on the processor: ours and the published package in turns, in one process, on the same random weights."""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import soundfile
import torch

from benchmarks.random_weights.checkpoint import write_checkpoint
from benchmarks.running import Service, only, serve
from benchmarks.tables import Report, write_spread, write_table
from benchmarks.timing import connect, time_grpc, time_rest
from benchmarks.upstream import Upstream
from service.config import ROOT
from service.engine.jobs import Clip, Row, Sampling
from service.models.chatterbox import model as model_module
from service.models.chatterbox import utterances
from service.models.chatterbox.assembly import Options, assemble
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.files import open_checkpoint
from service.models.chatterbox.loading import load_weights
from service.models.chatterbox.manifest import read_manifests
from service.models.chatterbox.model import Chatterbox
from service.models.chatterbox.profiles import PROFILES, ProfileName

PREDICTION = (
    "one clip 3.5 times the package plain and 6.5 times cached; eight segments 4.1 and 8.8 times; "
    "`fast` RTF 1.45 for one clip and 0.9 for eight, which is past its bar: see the floors."
)
TOKENS = 100
SECONDS = TOKENS / 25
TEXT = "El tren de las ocho llega tarde, y en el andén ya nadie espera."
MUST: dict[tuple[ProfileName, int], tuple[float, float]] = {
    ("reference", 1): (2.3, 3),
    ("cached_prompt", 1): (3.2, 4.5),
    ("reference", 8): (4, 5),
    ("cached_prompt", 8): (8, 10),
}
"""How many times faster than the package: what must be, and what should be."""
FAST_MUST = {1: (1.5, 1.2), 8: (0.6, 0.45)}
"""Real-time factors of the profile `fast`."""
HEAD = ("profile", "segments", "RTF", "T3", "flow", "vocoder", "times the package", "bars")
STAGES = ("decoder", "flow", "vocoder")
NEVER = 1_000_000
OPTIONS = Options(
    device="cpu",
    profile="reference",
    text_front_end="nfkd-case",
    slots=8,
    voice_bytes=0,
    threads=os.cpu_count() or 1,
    watermark=False,
    bfloat16=True,
    tf32=False,
    nf4=False,
)
GIGA = 1e9
T3_WEIGHTS = 511.8e6
VOCODER_FLOP = 31e9
FLOW_FLOP = 10 * 700 * (264.4e6 + 0.229e6 * 700) / SECONDS
FAST_FLOW_FLOP = 4 * 200 * (264.4e6 + 0.229e6 * 300) / SECONDS
"""For a second of audio. A frame of `fast` sees 150 of the reference and some 150 of its window and the one before."""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of a whole run, and of its stages."""

    whole: float
    stages: dict[str, float]


class Clocked:
    """An object whose methods are timed, all together."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        if not callable(attribute):
            return attribute

        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return attribute(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


class Ours:
    """The model in one profile, without watermark and codecs."""

    def __init__(self, model: Chatterbox, profile: ProfileName) -> None:
        parts = model._parts  # noqa: SLF001 - the stages are timed from outside
        self._clocks: dict[str, Any] = {name: Clocked(getattr(parts, name)) for name in ("decoder", "flow", "vocoder")}
        self.model = Chatterbox(model.info, replace(parts, **self._clocks), PROFILES[profile], voice_bytes=2**33)

    def speak(self, voice: Conditioning, segments: int, seed: int) -> Run:
        """Segments side by side, all of `TOKENS` tokens."""
        for clock in self._clocks.values():
            clock.seconds = 0.0
        start = time.perf_counter()
        rows = [Row(TEXT, "es", voice, Sampling(top_p=1.0), seed + index) for index in range(segments)]
        decoding = [row for row in rows if self.model.open(row)]
        while rows:
            if due := self.model.due():
                for rendered in self.model.render(due[:1]):
                    if rendered.last:
                        rows.remove(rendered.row)
                        self.model.drop(rendered.row)
            else:
                wants = self.model.decode(decoding)
                decoding = [row for row, more in zip(decoding, wants, strict=True) if more]
        whole = time.perf_counter() - start
        return Run(whole, {name: clock.seconds for name, clock in self._clocks.items()})


@contextmanager
def fixed_length() -> Iterator[None]:
    """Every segment has `TOKENS` tokens: the weights are such that none ends by itself."""
    with (
        mock.patch.object(utterances, "token_limit", return_value=TOKENS),
        mock.patch.object(model_module, "token_limit", return_value=TOKENS),
    ):
        yield


def measure(
    folder: Path, repeats: int
) -> tuple[list[Run], dict[tuple[ProfileName, int], list[Run]], dict[ProfileName, str]]:
    """The package's runs of one clip, ours of each case, in turns; and what a cached voice costs."""
    checkpoint = open_checkpoint(read_manifests(ROOT / "config" / "chatterbox.yaml")["es-mx-latam"], folder)
    model = assemble(checkpoint, OPTIONS)
    weights = load_weights(checkpoint)
    package = Upstream(weights.t3, weights.flow, weights.vocoder)
    voice = model.enrol(read_clip())
    text = model._parts.front_end.encode(TEXT)  # noqa: SLF001
    ours = {profile: Ours(model, profile) for profile in PROFILES}
    costs = {profile: warm(ours[profile], voice) for profile in PROFILES}
    package.speak(voice, text, 3, seed=0)
    theirs: list[Run] = []
    found: dict[tuple[ProfileName, int], list[Run]] = {case: [] for case in [*MUST, *(("fast", n) for n in FAST_MUST)]}
    for seed in range(repeats):
        stages = package.speak(voice, text, TOKENS, seed)
        theirs.append(Run(stages.whole, {"decoder": stages.t3, "flow": stages.flow, "vocoder": stages.vocoder}))
        for (profile, segments), runs in found.items():
            runs.append(ours[profile].speak(voice, segments, seed))
    return theirs, found, costs


def warm(ours: Ours, voice: Conditioning) -> str:
    """Speaks once; tells what keeping the voice costs."""
    start = time.perf_counter()
    reference = ours.model._refer(voice)  # noqa: SLF001
    cost = f"{time.perf_counter() - start:.1f} s, {reference.nbytes / 1e6:.0f} MB"
    ours.speak(voice, 1, seed=0)
    return cost


def read_clip() -> Clip:
    samples, rate = soundfile.read(ROOT / "voices" / "default" / "reference.wav", dtype="float32")
    return Clip(samples, rate, "default")


def write_rows(theirs: list[Run], found: dict[tuple[ProfileName, int], list[Run]]) -> list[list[str]]:
    """One for each case. The package has no batches: its time for eight segments is eight times that for one."""
    rows = [["package", "1", *write_run(theirs, SECONDS), "1", ""]]
    for (profile, segments), runs in found.items():
        ratios = [segments * their.whole / run.whole for their, run in zip(theirs, runs, strict=True)]
        factor = median(run.whole for run in runs) / (segments * SECONDS)
        if must := MUST.get((profile, segments)):
            bars = "times at least " + "; ".join(f"{bar:g}: {tell(median(ratios) >= bar)}" for bar in must)
        else:
            bars = "RTF at most " + "; ".join(f"{bar:g}: {tell(factor <= bar)}" for bar in FAST_MUST[segments])
        rows.append([profile, str(segments), *write_run(runs, segments * SECONDS), write_spread(ratios), bars])
    return rows


def tell(holds: bool) -> str:
    return "holds" if holds else "MISSED"


def write_run(runs: list[Run], seconds: float) -> list[str]:
    factors = [write_spread([run.whole / seconds for run in runs])]
    return factors + [f"{median(run.stages[name] for run in runs) / seconds:.3f}" for name in STAGES]


def find_floors() -> str:
    """What the machine does at best, and the real-time factors that follow from the work there is."""
    block = torch.randn(100_000_000)
    bandwidth = block.nbytes / clock(lambda: block.sum()) / GIGA
    rates = {}
    for dtype in (torch.float32, torch.bfloat16):
        left, right = torch.randn(2048, 2048).to(dtype), torch.randn(2048, 2048).to(dtype)
        rates[dtype] = 2 * 2048**3 / clock(partial(torch.mm, left, right)) / GIGA
    vocoder = VOCODER_FLOP / rates[torch.float32] / GIGA
    return (
        f"Floors: memory is read at {bandwidth:.0f} GB/s, so T3 in int8 takes {25 * T3_WEIGHTS / bandwidth / GIGA:.2f} "
        f"for one clip; matrices are multiplied at {rates[torch.float32]:.0f} GFLOP/s in float32, which is "
        f"{vocoder:.2f} for the vocoder, and at {rates[torch.bfloat16]:.0f} in bfloat16, which is "
        f"{FLOW_FLOP / rates[torch.bfloat16] / GIGA:.2f} for the flow in `reference` ({FLOW_FLOP / GIGA:.0f} GFLOP "
        f"for a second of a 4 s clip) and {FAST_FLOW_FLOP / rates[torch.bfloat16] / GIGA:.2f} in `fast`. The bars of "
        "`fast` were set for a processor that multiplies bfloat16 at 2250 GFLOP/s and float32 at 387."
    )


def clock(work: Callable[[], object]) -> float:
    """Median seconds."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def serve_random(folder: Path) -> list[list[str]]:
    """Real-time factors through the running service, with codecs, watermark and bridge, in the profile `fast`."""
    place = {"ESLATAM_MODELS__CHATTERBOX__FOLDER": str(folder), "ESLATAM_MODELS__CHATTERBOX__PROFILE": "fast"}
    with serve({**only("chatterbox-es-latam"), **place}) as service:
        return asyncio.run(time_service(service))


async def time_service(service: Service) -> list[list[str]]:
    async with connect(service) as (grpc, rest):
        await time_grpc(grpc, TEXT)
        direct = await time_grpc(grpc, TEXT)
        bridged = await time_rest(rest, TEXT)
    return [
        [way, f"{timing.whole / direct.audio:.2f}", f"{timing.first:.2f} s"]
        for way, timing in (("gRPC", direct), ("bridge", bridged))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    report = Report("chatterbox_cpu", "Chatterbox on the processor, beside the published package", PREDICTION)
    with tempfile.TemporaryDirectory() as place, fixed_length():
        write_checkpoint(Path(place), seed=0, typical_tokens=NEVER)
        floors = find_floors()
        theirs, found, costs = measure(Path(place), options.repeats)
        service = serve_random(Path(place))
    report.publish(
        HEAD,
        write_rows(theirs, found),
        f"Medians of {options.repeats} turns, warm, no watermark, no codecs. Each segment has {TOKENS} speech tokens "
        f"({SECONDS:g} s), the reference 10 s. Columns in real-time factors. Shares of stages are of the whole.",
        floors,
        "Keeping a voice: " + "; ".join(f"`{profile}` {cost}" for profile, cost in costs.items()) + ".",
        "Through the running service, `fast`, with watermark and codecs, one stream:",
        write_table(["way", "real-time factor", "first audio"], service),
    )


if __name__ == "__main__":
    main()
