"""eslatam models: every model, and why those that cannot speak here cannot. eslatam models download fetches one."""

import argparse
import asyncio
import sys

from service.commands.connection import connect
from service.config import Settings
from service.errors import ServiceError
from service.language import tr


async def run(options: argparse.Namespace) -> int:
    if options.action == "download":
        return await asyncio.to_thread(_download, options.model)
    async with connect(options) as client:
        for model in await client.models():
            state = model.state if model.installed else tr("not installed", "no instalado")
            default = tr("default", "por omisión") if model.is_default else ""
            print(f"{model.id:22} {state:14} {model.device:8} {default:12} {model.unavailable_reason}".rstrip())
    return 0


def _download(model: str) -> int:
    from service.models.provisioning import download

    try:
        download(Settings().models, model, lambda en, es: print(tr(en, es)))
    except ServiceError as error:
        print(tr(error.en, error.es), file=sys.stderr)
        return 1
    return 0
