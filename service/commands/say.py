"""eslatam say: speaks a text into a file, a pipe or the player."""

import argparse
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from eslatam import Encoding, SpeechError, StreamOptions

from service.cli import FORMATS
from service.commands.connection import connect
from service.language import speaks_spanish, tr

RATE = 24_000
PLAYERS = (
    ("ffplay", "-v", "error", "-nodisp", "-autoexit", "-f", "s16le", "-ar", str(RATE), "-"),
    ("aplay", "-q", "-f", "S16_LE", "-r", str(RATE), "-"),
    ("play", "-q", "-t", "raw", "-b", "16", "-e", "signed", "-c", "1", "-r", str(RATE), "-"),
)
SAVED_AHEAD = 3600.0
"""Seconds a file may be ahead of its playback: all of it."""

Write = Callable[[bytes], object]


async def run(options: argparse.Namespace) -> int:
    form = _form(options)
    if form is None:
        _tell(tr("Say which format with --format: ", "Indique el formato con --format: ") + ", ".join(FORMATS))
        return 2
    text = sys.stdin.read() if options.text == "-" else options.text
    try:
        await _speak(text, options, form)
    except SpeechError as error:
        _tell((speaks_spanish() and error.localized_message) or error.message)
        return 1
    return 0


async def _speak(text: str, options: argparse.Namespace, form: Encoding) -> None:
    """Opens the sink at the first audio, so that a failure leaves a file as it was."""
    how = StreamOptions(
        voice=options.voice,
        model=options.model,
        language=options.language,
        encoding="pcm" if form == "wav" else form,
        sample_rate=RATE,
        speaking_rate=options.speed,
        seed=options.seed,
        max_lead=SAVED_AHEAD if options.file else None,
    )
    async with connect(options) as client, client.stream(text, **how) as stream:
        samples = 0
        with ExitStack() as sinks:
            write: Write | None = None
            async for chunk in stream:
                write = write or sinks.enter_context(_sink(options.file, form))
                write(chunk.data)
                samples += chunk.sample_count
                _progress(f"{samples / RATE:.1f} s, {chunk.segment_index + 1}/{stream.header.segment_count}")
        _progress("")
        if stream.header.fallback_reason:
            _tell(f"{stream.header.model} ({stream.header.fallback_reason})")


def _form(options: argparse.Namespace) -> Encoding | None:
    """The format asked for, else the one the file's name ends in; None if there is none."""
    if not options.file:
        return "pcm"
    name = options.format or Path(options.file).suffix.removeprefix(".").lower().replace("ogg", "opus")
    return cast("Encoding", name) if name in FORMATS else None


@contextmanager
def _sink(file: str | None, form: Encoding) -> Iterator[Write]:
    """Where the audio goes. A WAV file gets its header here, since a stream cannot know its length."""
    if file and form == "wav":
        with wave.open(file, "wb") as recording:
            recording.setparams((1, 2, RATE, 0, "NONE", ""))
            yield recording.writeframes
    elif file:
        with Path(file).open("wb") as sink:
            yield sink.write
    elif sys.stdout.isatty():
        with _player() as write:
            yield write
    else:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()


@contextmanager
def _player() -> Iterator[Write]:
    command = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if command is None:
        names = ", ".join(player[0] for player in PLAYERS)
        sys.exit(tr(f"No player found ({names}): name a file.", f"No hay reproductor ({names}): indique un archivo."))
    with subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0) as player:  # noqa: S603 - one of PLAYERS
        assert player.stdin  # noqa: S101
        yield player.stdin.write
        player.stdin.close()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
