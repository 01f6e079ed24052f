"""eslatam models: every model, and why those that cannot speak here cannot."""

import argparse

from service.commands.connection import connect
from service.language import tr


async def run(options: argparse.Namespace) -> int:
    async with connect(options) as client:
        for model in await client.models():
            state = model.state if model.installed else tr("not installed", "no instalado")
            default = tr("default", "por omisión") if model.is_default else ""
            print(f"{model.id:22} {state:14} {model.device:8} {default:12} {model.unavailable_reason}".rstrip())
    return 0
