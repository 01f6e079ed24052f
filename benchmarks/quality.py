"""A model's voice through the whole service, gRPC and REST, judged by a recogniser and by models of opinion."""

import argparse
import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from eslatam import AsyncClient, Encoding

from benchmarks.running import Service, only, serve
from benchmarks.tables import Report, write_spread
from benchmarks.timing import connect
from service.config import ROOT
from service.voices import VoiceStore
from tests.judge.judge import Judge
from tests.judge.recordings import RATE, read_recording
from tests.judge.sentences import SENTENCES, read_sentences
from tests.judge.shape import duration_ratio, tail_level
from tests.judge.verdicts import Recording, Totals, Verdict, total

PREDICTION = (
    "WER 4 %, folded CER 1.2 %, DNSMOS 3.25, DistillMOS 4.2, speaker 0.9 with wav; "
    "the same errors within 1 point and opinions within 0.1 with mp3; gRPC and REST alike to the sample."
)
HEAD = (
    "way", "kbit/s", "WER", "folded CER", "DNSMOS", "DistillMOS", "speaker cosine", "duration ratio", "loudest tail",
    "holds",
)  # fmt: skip
BAR = Totals(wer=0.05, pcer=0.015, dnsmos=3.1, distillmos=3.9, likeness=0.85)
DURATIONS = (0.5, 2.0)
"""Least and most a sentence may last, over what its letters should take."""
LOUDEST_TAIL = -20.0
"""Decibels of a recording's last 0.1 s over its loudest 0.02 s."""
MP3_BIT_RATE = 128_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text said in one way: what came, and the same as the judge hears it."""

    audio: bytes
    recording: Recording


async def speak(service: Service, texts: list[str], voice: str) -> dict[str, list[Spoken]]:
    """Every text in every way."""
    async with connect(service) as (grpc, rest):
        ways: dict[str, Callable[[str], Awaitable[bytes]]] = {
            "gRPC wav": lambda text: ask_grpc(grpc, text, voice, "wav", None),
            "gRPC mp3": lambda text: ask_grpc(grpc, text, voice, "mp3", MP3_BIT_RATE),
            "REST wav": lambda text: ask_rest(rest, text, voice, "wav"),
            "REST mp3": lambda text: ask_rest(rest, text, voice, "mp3"),
        }
        return {way: [hear(await ask(text), text) for text in texts] for way, ask in ways.items()}


async def ask_grpc(client: AsyncClient, text: str, voice: str, form: Encoding, bit_rate: int | None) -> bytes:
    return (await client.synthesize(text, voice=voice, encoding=form, bit_rate=bit_rate)).audio


async def ask_rest(client: httpx.AsyncClient, text: str, voice: str, form: str) -> bytes:
    body = {"model": "tts-1", "voice": voice, "input": text, "response_format": form}
    reply = await client.post("/v1/audio/speech", json=body)
    return reply.raise_for_status().content


def hear(audio: bytes, text: str) -> Spoken:
    return Spoken(audio, Recording(read_recording(io.BytesIO(audio)), text))


def judge_all(judge: Judge, ways: dict[str, list[Spoken]]) -> dict[str, list[Verdict]]:
    """Samples that are the same to the bit are judged once."""
    different = {identify(spoken.recording): spoken.recording for way in ways.values() for spoken in way}
    verdicts = dict(zip(different, judge.judge(list(different.values())), strict=True))
    return {way: [verdicts[identify(each.recording)] for each in spoken] for way, spoken in ways.items()}


def identify(recording: Recording) -> str:
    return hashlib.sha256(recording.samples.tobytes() + recording.text.encode()).hexdigest()


def write_row(way: str, spoken: list[Spoken], verdicts: list[Verdict]) -> list[str]:
    seconds = sum(len(each.recording.samples) for each in spoken) / RATE
    rate = sum(len(each.audio) for each in spoken) * 8 / 1000 / seconds
    totals = total(verdicts)
    ratios = [duration_ratio(each.recording.samples, each.recording.text) for each in spoken]
    tail = max(tail_level(each.recording.samples) for each in spoken)
    whole = DURATIONS[0] <= min(ratios) and max(ratios) <= DURATIONS[1] and tail <= LOUDEST_TAIL
    shape = [write_spread(ratios), f"{tail:.0f} dB"]
    return [way, f"{rate:.0f}", *write_cells(totals), *shape, "yes" if whole and holds(totals) else "NO"]


def write_cells(totals: Totals) -> list[str]:
    opinions = [f"{totals.dnsmos:.2f}", f"{totals.distillmos:.2f}", f"{totals.likeness:.3f}"]
    return [f"{100 * totals.wer:.1f} %", f"{100 * totals.pcer:.2f} %", *opinions]


def holds(totals: Totals) -> bool:
    right = totals.wer <= BAR.wer and totals.pcer <= BAR.pcer
    good = totals.dnsmos >= BAR.dnsmos and totals.distillmos >= BAR.distillmos
    return right and good and totals.likeness >= BAR.likeness


def list_misheard(texts: list[str], verdicts: list[Verdict]) -> str:
    """What the recogniser wrote where it did not write the text."""
    pairs = zip(texts, verdicts, strict=True)
    return "\n".join(f"- {text} → {verdict.heard}" for text, verdict in pairs if verdict.wrong_words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="kokoro-es", help="an installed model")
    parser.add_argument("--voice", default="default")
    parser.add_argument("--sentences", type=Path, default=SENTENCES, help="lines of key, tab, text")
    options = parser.parse_args()
    title = f"The voice {options.voice} of {options.model}, judged"
    report = Report("quality", title, PREDICTION, variant=options.model)
    texts = list(read_sentences(options.sentences).values())
    reference = VoiceStore(ROOT / "voices").get(options.voice).reference
    if reference is None:
        parser.error(f"the voice {options.voice} has no reference.wav to compare with")
    with serve(only(options.model)) as service:
        ways = asyncio.run(speak(service, texts, options.voice))
    verdicts = judge_all(Judge(read_recording(reference)), ways)
    rows = [write_row(way, spoken, verdicts[way]) for way, spoken in ways.items()]
    shape = [f"{DURATIONS[0]:g} to {DURATIONS[1]:g}", f"{LOUDEST_TAIL:.0f} dB"]
    rows.append(["bar", "", *write_cells(BAR), *shape, ""])
    misheard = list_misheard(texts, verdicts["gRPC wav"])
    report.publish(HEAD, rows, f"{len(texts)} sentences. Misheard over gRPC, wav:", misheard or "none")


if __name__ == "__main__":
    main()
