"""eslatam bench load: many listeners of a running service, over gRPC or over REST."""

import argparse
import json
import sys
from importlib.util import find_spec
from pathlib import Path

from service.commands.bench.crowd import send_crowd
from service.commands.bench.report import count, draw, write_json, write_table
from service.commands.bench.schedule import make_schedule
from service.language import tr


def run(options: argparse.Namespace) -> int:
    """0 if any stream was heard to its end."""
    if options.target.startswith("http") and not find_spec("httpx"):
        raise ValueError(
            tr("REST needs the extra `bench`: ", "REST necesita el extra `bench`: ") + "uv sync --extra bench"
        )
    number = round(options.rate * options.duration) if options.rate else options.streams
    visits = make_schedule(max(1, number), options.arrivals, options.duration)
    session = send_crowd(options.target, visits, min(options.processes, len(visits)))
    figures = count(session)
    print(f"{options.target}\n\n{write_table(figures)}")
    out = Path(options.out)
    out.write_text(json.dumps(write_json(options.target, figures, session), indent=2), encoding="utf-8")
    try:
        draw(options.target, session, out.with_suffix(".png"))
    except ImportError:
        print(tr("No plot: it needs the extra `bench`.", "Sin gráfica: necesita el extra `bench`."), file=sys.stderr)
    return 0 if figures.complete else 1
