"""The command `eslatam`. Imports what a command needs only once it is chosen."""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from service.language import tr

FORMATS = ("wav", "mp3", "opus", "aac", "flac", "pcm")


def main(arguments: Sequence[str] | None = None) -> None:
    options = build_parser().parse_args(arguments)
    command = importlib.import_module(f"service.commands.{options.command}")
    try:
        sys.exit(asyncio.run(command.run(options)))
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:  # settings that are wrong, files that are not there
        sys.exit(f"eslatam: {error}")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eslatam",
        description=tr("Text to speech for Latin American Spanish.", "Síntesis de voz en español latinoamericano."),
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar=tr("COMMAND", "COMANDO"))
    _add_serve(commands)
    _add_say(commands)
    _add_server_option(commands.add_parser("voices", help=tr("list the voices", "lista las voces")))
    _add_models(commands)
    commands.add_parser(
        "doctor",
        help=tr(
            "tell what is installed, which model will speak, and why",
            "dice qué está instalado, qué modelo hablará y por qué",
        ),
    )
    _add_watermark(commands)
    _add_bench(commands)
    return parser


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser(
        "serve", help=tr("start the gRPC service and the REST bridge", "inicia el servicio gRPC y el puente REST")
    )
    serve.add_argument(
        "--only",
        choices=("service", "bridge"),
        help=tr("start one of the two processes only", "inicia solo uno de los dos procesos"),
    )


def _add_say(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    say = commands.add_parser("say", help=tr("speak a text", "dice un texto"))
    say.add_argument("text", help=tr("what to say; - reads standard input", "qué decir; - lee la entrada estándar"))
    say.add_argument(
        "file",
        nargs="?",
        help=tr(
            "where to save it; without it, raw audio goes to a pipe or is played",
            "dónde guardarlo; sin él, el audio crudo va a una tubería o se reproduce",
        ),
    )
    say.add_argument("--voice", default="default", help=tr("voice", "voz"))
    say.add_argument("--model", help=tr("model", "modelo"))
    say.add_argument("--language", help=tr("language, as es-MX", "idioma, como es-MX"))
    say.add_argument("--speed", type=float, default=1.0, help=tr("0.25 to 4", "de 0.25 a 4"))
    say.add_argument("--seed", type=int, help=tr("repeats a reading exactly", "repite una lectura con exactitud"))
    say.add_argument("--ssml", action="store_true", help=tr("the text is SSML", "el texto es SSML"))
    say.add_argument(
        "--show-text",
        action="store_true",
        help=tr("show how it would be read, and do not speak", "muestra cómo se leería, sin hablar"),
    )
    say.add_argument(
        "--srt",
        metavar=tr("FILE", "ARCHIVO"),
        help=tr("where to save subtitles: .srt or .vtt", "dónde guardar los subtítulos: .srt o .vtt"),
    )
    say.add_argument("--format", choices=FORMATS, help=tr("default: the file's ending", "por omisión: el del archivo"))
    _add_server_option(say)


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    models = commands.add_parser("models", help=tr("list the models, or fetch one", "lista los modelos o descarga uno"))
    _add_server_option(models)
    actions = models.add_subparsers(dest="action", metavar=tr("ACTION", "ACCIÓN"))
    download = actions.add_parser("download", help=tr("fetch a model's files", "descarga los archivos de un modelo"))
    download.add_argument(
        "model",
        nargs="?",
        default="chatterbox-es-latam",
        help=tr(
            "chatterbox-es-latam: the checkpoint of the settings; or one by name: es-mx-latam, mtl-v2, mtl-v3",
            "chatterbox-es-latam: el checkpoint de la configuración; o uno por su nombre: es-mx-latam, mtl-v2, mtl-v3",
        ),
    )


def _add_watermark(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    watermark = commands.add_parser(
        "watermark",
        help=tr("tell whether a recording is watermarked", "dice si una grabación lleva marca de agua"),
        epilog=tr("Ends with 0 if it is, 1 if not, 2 on an error.", "Termina con 0 si la lleva, 1 si no, 2 si falla."),
    )
    watermark.add_argument("file", type=Path, help=tr("the recording", "la grabación"))


def _add_server_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--server",
        metavar="HOST:PORT",
        help=tr("a running gRPC service; without it one is started for the moment",
                "un servicio gRPC en marcha; sin él se inicia uno por el momento"),
    )  # fmt: skip


def _add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bench = commands.add_parser(
        "bench", help=tr("measure how fast a model speaks here", "mide qué tan rápido habla un modelo aquí")
    )
    bench.add_argument("--model", default="chatterbox-es-latam", help=tr("model", "modelo"))
    bench.add_argument(
        "--streams",
        type=int,
        nargs="+",
        default=(1, 8, 32, 64),
        help=tr("how many side by side", "cuántos a la vez"),
    )
    bench.add_argument("--out", default="bench.json", help=tr("where to save it", "dónde guardarlo"))
    actions = bench.add_subparsers(dest="action", metavar=tr("ACTION", "ACCIÓN"))
    _add_load(actions.add_parser("load", help=tr("many listeners of a service", "muchos oyentes de un servicio")))


def _add_load(load: argparse.ArgumentParser) -> None:
    load.add_argument(
        "--target",
        default="grpc://127.0.0.1:50051",
        help=tr("grpc://HOST:PORT or http://HOST:PORT; also grpcs, https", "grpc:// o http://; también grpcs, https"),
    )
    number = load.add_mutually_exclusive_group()
    number.add_argument("--streams", type=int, default=64, help=tr("how many in all", "cuántos en total"))
    number.add_argument("--rate", type=float, help=tr("how many a second instead", "cuántos por segundo en su lugar"))
    load.add_argument(
        "--duration", type=float, default=60, help=tr("seconds in which they arrive", "segundos en que llegan")
    )
    load.add_argument(
        "--arrivals", choices=("poisson", "even"), default="poisson", help=tr("how they arrive", "cómo llegan")
    )
    load.add_argument("--processes", type=int, default=2, help=tr("that listen", "que escuchan"))
    load.add_argument(
        "--out", default="load.json", help=tr("the figures; a plot lies beside", "las cifras; al lado, la gráfica")
    )
