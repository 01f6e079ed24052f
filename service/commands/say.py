"""eslatam say: speaks a text into a file, a pipe or the player."""

import argparse
import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Literal, cast

from eslatam import AsyncClient, Encoding, Header, Normalized, Options, SpeechError, Timestamp, write_srt, write_vtt

from service.cli import FORMATS
from service.commands.connection import connect
from service.language import speaks_spanish, tr

RATE = 24_000
PLAYERS = (
    ("ffplay", "-v", "error", "-nodisp", "-autoexit", "-f", "s16le", "-ar", str(RATE), "-"),
    ("aplay", "-q", "-f", "S16_LE", "-r", str(RATE), "-"),
    ("play", "-q", "-t", "raw", "-b", "16", "-e", "signed", "-c", "1", "-r", str(RATE), "-"),
)
LONGEST = 3600.0
"""Seconds to wait for a whole recording."""


async def run(options: argparse.Namespace) -> int:
    form = _form(options)
    if form is None:
        _tell(tr("Say which format with --format: ", "Indique el formato con --format: ") + ", ".join(FORMATS))
        return 2
    text = sys.stdin.read() if options.text == "-" else options.text
    try:
        async with connect(options) as client:
            if options.show_text:
                _show(text, await client.normalize(text, language=options.language, markup=_markup(options)))
                return 0
            how = _how(options, form)
            if options.srt:
                how["timestamps"] = await _granularities(client, options.model)
            header, timestamps = await (
                _save(client, text, how, options.file) if options.file else _play(client, text, how)
            )
    except SpeechError as error:
        _tell((speaks_spanish() and error.localized_message) or error.message)
        return 1
    if options.srt:
        _save_subtitles(timestamps, Path(options.srt))
    if header.fallback_reason:
        _tell(f"{header.model} ({header.fallback_reason})")
    return 0


def _how(options: argparse.Namespace, form: Encoding) -> Options:
    return Options(
        voice=options.voice,
        model=options.model,
        language=options.language,
        encoding=form,
        speaking_rate=options.speed,
        seed=options.seed,
        sample_rate=None if options.file else RATE,
        markup=_markup(options),
    )


def _markup(options: argparse.Namespace) -> Literal["plain", "ssml"]:
    return "ssml" if options.ssml else "plain"


def _show(text: str, normalized: Normalized) -> None:
    """Its segments, a line each, then what was changed and by which rule."""
    for segment in normalized.segments:
        print(segment.text)
    changed = [span for span in normalized.spans if span.rule]
    if changed:
        print()
    for span in changed:
        print(f"{text[span.offset : span.offset + span.length]} → {span.spoken_text}  ({span.rule})")


async def _granularities(client: AsyncClient, model: str | None) -> Sequence[Literal["segment", "word"]]:
    """What there is to cut subtitles by: words too, if the model that will speak times them."""
    models = await client.models()
    named = [found for found in models if (found.id == model if model else found.is_default)]
    speakers = [found for one in named for found in models if found.id == (one.id if one.installed else one.fallback)]
    return ("segment", "word") if any(speaker.has_word_timestamps for speaker in speakers) else ("segment",)


async def _save(client: AsyncClient, text: str, how: Options, file: str) -> tuple[Header, Sequence[Timestamp]]:
    """Whole, so that a container can tell its length; a failure leaves the file as it was."""
    progress = asyncio.create_task(_show_progress())
    try:
        speech = await client.synthesize(text, timeout=LONGEST, **how)
    finally:
        progress.cancel()
    speech.save(file)
    return speech.header, speech.timestamps


def _save_subtitles(timestamps: Sequence[Timestamp], file: Path) -> None:
    write = write_vtt if file.suffix.lower() == ".vtt" else write_srt
    file.write_text(write(timestamps), encoding="utf-8")


async def _play(client: AsyncClient, text: str, how: Options) -> tuple[Header, Sequence[Timestamp]]:
    """To the player, or raw to whatever standard output is."""
    async with client.stream(text, **how) as stream:
        with _player() if sys.stdout.isatty() else nullcontext(sys.stdout.buffer) as sink:
            async for chunk in stream:
                sink.write(chunk.data)
                sink.flush()
        return stream.header, stream.timestamps


async def _show_progress() -> None:
    started = time.monotonic()
    while sys.stderr.isatty():
        await asyncio.sleep(0.5)
        print(
            f"\r{tr('Speaking', 'Hablando')}… {time.monotonic() - started:.0f} s ", end="", file=sys.stderr, flush=True
        )


def _form(options: argparse.Namespace) -> Encoding | None:
    """The format asked for, else the one the file's name ends in; None if there is none."""
    if not options.file:
        return "pcm"
    name = options.format or Path(options.file).suffix.removeprefix(".").lower().replace("ogg", "opus")
    return cast("Encoding", name) if name in FORMATS else None


@contextmanager
def _player() -> Iterator[IO[bytes]]:
    command = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if command is None:
        names = ", ".join(player[0] for player in PLAYERS)
        sys.exit(tr(f"No player found ({names}): name a file.", f"No hay reproductor ({names}): indique un archivo."))
    with subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0) as player:  # noqa: S603 - one of PLAYERS
        assert player.stdin  # noqa: S101
        yield player.stdin
        player.stdin.close()


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
