"""eslatam doctor: what is installed, which model will speak, and why."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

from service.config import Settings, settings_file
from service.language import tr
from service.models.provisioning import report

PACKAGES = ("grpcio", "protobuf", "starlette", "onnxruntime", "av", "soundfile", "torch", "chatterbox-tts")


async def run(_: argparse.Namespace) -> int:
    """0 if a request would be answered with speech."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    for package in PACKAGES:
        print(f"  {package:16} {_version(package)}")
    print(tr("Settings: ", "Configuración: ") + str(settings_file()))
    settings = Settings()
    for en, es in report(settings.models):
        print(tr(en, es))
    return await _check_models(settings)


async def _check_models(settings: Settings) -> int:
    from service.api.server import build_catalog, build_engines

    engines = build_engines(settings)
    catalog = build_catalog(settings, engines)
    for engine in engines.values():
        await engine.start()
    for entry in catalog.entries.values():
        state = entry.engine.state.value if entry.engine else tr(entry.en, entry.es)
        print(f"  {entry.name:22} {state}")
    default = catalog.entries[catalog.default]
    stand_in = catalog.stand_in(default)
    speaks = catalog.can_speak()
    for engine in engines.values():
        await engine.stop()
    if not speaks:
        print(tr("No model can speak.", "Ningún modelo puede hablar."))
        return 1
    name = (stand_in or default).name
    why = tr(f"in the place of {default.name}", f"en lugar de {default.name}") if stand_in else ""
    print(tr(f"{name} will speak {why}", f"Hablará {name} {why}").strip())
    return 0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"
