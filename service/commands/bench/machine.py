"""How fast a model speaks on this machine, alone and for many, and what it costs to let it sleep."""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median

from eslatam import AsyncClient
from prometheus_client import REGISTRY

from service.commands.bench.listeners import Heard
from service.commands.bench.report import AUDIBLE
from service.commands.connection import serve_here
from service.config import Settings
from service.language import tr

TEXT = (
    "El camión salió de Guadalajara a las cinco de la mañana con la carga completa. "
    "Llegó a Tijuana dos días después, cuando ya nadie lo esperaba en la bodega. "
    "El conductor contó que la carretera estuvo cerrada varias horas por la lluvia. "
    "Al final todos se sentaron a cenar y brindaron por el viaje más largo del año."
)
MARKED = "chatterbox-es-latam"
"""The model that leaves a watermark, which costs time of its own."""
RATE = 24_000
UNPACED = 3600.0
PACED = 2.0
"""Seconds a stream may be ahead of its listener."""
NAP = 0.5
"""Idle seconds before the model sleeps, where its sleep is measured."""
POLL = 0.05


@dataclass(frozen=True, slots=True)
class Round:
    """Streams side by side. `first_audio` and `worst_gap` are in seconds; `throughput` is audio seconds a second."""

    streams: int
    paced: bool
    watermark: bool
    throughput: float
    first_audio: float
    gaps: int
    worst_gap: float


@dataclass(frozen=True, slots=True)
class Sleep:
    """Megabytes on the device awake and asleep; seconds to wake, and to the first audio of the request that does."""

    awake: float
    asleep: float
    wake: float
    first_audio: float


async def run(options: argparse.Namespace) -> int:
    settings = _only(options.model, Settings())
    rounds: list[Round] = []
    for watermark in (True, False) if options.model == MARKED else (False,):
        async with serve_here(_with_watermark(settings, watermark)) as client:
            await listen(client, UNPACED)
            for count in options.streams:
                rounds.append(await speak(client, count, paced=False, watermark=watermark))
                rounds.append(await speak(client, count, paced=True, watermark=watermark))
            (model,) = [model for model in await client.models() if model.id == options.model]
    sleep = None if model.device == "cpu" else await nap(settings, options.model)
    print(f"{model.id} {model.revision}, {model.device}\n\n{write_table(rounds)}")
    if sleep:
        print(f"\n{write_sleep(sleep)}")
    found = {
        "model": model.id,
        "revision": model.revision,
        "device": model.device,
        "rounds": [asdict(each) for each in rounds],
        "sleep": sleep and asdict(sleep),
    }
    Path(options.out).write_text(json.dumps(found, indent=2), encoding="utf-8")  # noqa: ASYNC240 - at the end
    return 0


async def speak(client: AsyncClient, count: int, *, paced: bool, watermark: bool) -> Round:
    start = time.perf_counter()
    heard = await asyncio.gather(*(listen(client, PACED if paced else UNPACED) for _ in range(count)))
    elapsed = time.perf_counter() - start
    return Round(
        streams=count,
        paced=paced,
        watermark=watermark,
        throughput=sum(each.audio for each in heard) / elapsed,
        first_audio=median(each.first for each in heard),
        gaps=sum(each.gap > AUDIBLE for each in heard),
        worst_gap=max(each.gap for each in heard),
    )


async def listen(client: AsyncClient, max_lead: float) -> Heard:
    """A player that starts at the first audio: a gap is how late a chunk comes for it."""
    start = time.perf_counter()
    heard = Heard(at=0.0)
    async with client.stream(TEXT, encoding="pcm", sample_rate=RATE, max_lead=max_lead) as stream:
        async for chunk in stream:
            heard.hear(chunk.sample_count / RATE, time.perf_counter() - start)
    heard.whole = time.perf_counter() - start
    return heard


async def nap(settings: Settings, model: str) -> Sleep:
    """Lets the model fall asleep, and wakes it by a request."""
    models = settings.models.model_copy(update={"idle_timeout_sec": NAP})
    async with serve_here(settings.model_copy(update={"models": models})) as client:
        await listen(client, UNPACED)
        awake = _read("tts_device_memory_bytes", model)
        while {each.id: each.state for each in await client.models()}[model] != "sleeping":  # noqa: ASYNC110
            await asyncio.sleep(POLL)
        asleep = _read("tts_device_memory_bytes", model)
        heard = await listen(client, UNPACED)
        return Sleep(awake / 1e6, asleep / 1e6, _read("tts_wake_seconds_sum"), heard.first)


def write_table(rounds: Sequence[Round]) -> str:
    head = (
        tr("streams", "flujos"),
        tr("paced", "a ritmo"),
        tr("watermark", "marca"),
        tr("audio s/s", "s de audio/s"),
        tr("first audio", "primer audio"),
        tr("gaps", "cortes"),
        tr("worst gap", "peor corte"),
    )
    rows = [
        (
            str(each.streams),
            _yes(each.paced),
            _yes(each.watermark),
            f"{each.throughput:.2f}",
            f"{each.first_audio * 1000:.0f} ms",
            str(each.gaps),
            f"{each.worst_gap * 1000:.0f} ms",
        )
        for each in rounds
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def write_sleep(sleep: Sleep) -> str:
    memory = f"{sleep.awake:.0f} MB -> {sleep.asleep:.0f} MB"
    return tr(
        f"Asleep: {memory}; awake in {sleep.wake:.2f} s, first audio after {sleep.first_audio:.2f} s.",
        f"Dormido: {memory}; despierta en {sleep.wake:.2f} s, primer audio a los {sleep.first_audio:.2f} s.",
    )


def _only(model: str, settings: Settings) -> Settings:
    """The settings with one model, and room for every stream."""
    models = settings.models.model_copy(update={"loaded": (model,), "default": model, "fallback": None})
    engine = settings.engine.model_copy(update={"queue_limit": 1024, "queue_seconds": inf, "live_share": inf})
    return settings.model_copy(update={"models": models, "engine": engine})


def _with_watermark(settings: Settings, watermark: bool) -> Settings:
    chatterbox = settings.models.chatterbox.model_copy(update={"watermark": watermark})
    models = settings.models.model_copy(update={"chatterbox": chatterbox})
    return settings.model_copy(update={"models": models})


def _read(name: str, model: str | None = None) -> float:
    """A sample of this process's metrics; 0 where there is none."""
    return REGISTRY.get_sample_value(name, {"model": model} if model else {}) or 0.0


def _yes(holds: bool) -> str:
    return tr("yes", "sí") if holds else "no"
