"""eslatam voices: every voice, and the models that speak with it."""

import argparse

from service.commands.connection import connect


async def run(options: argparse.Namespace) -> int:
    async with connect(options) as client:
        for voice in await client.voices():
            print(f"{voice.id:12} {voice.display_name:12} {', '.join(voice.models)}")
    return 0
