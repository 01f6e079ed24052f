"""eslatam bench: how fast a model speaks on this machine, or how a running service bears many listeners."""

import argparse


async def run(options: argparse.Namespace) -> int:
    if options.action == "load":
        from service.commands.bench import load

        return load.run(options)
    from service.commands.bench import machine

    return await machine.run(options)
