"""Which models there are: those this process loads, and those it knows but cannot load."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from service.config import Chatterbox, Models
from service.engine.model import Model
from service.errors import Reason, ServiceError
from service.models.chatterbox.files import Checkpoint, open_checkpoint
from service.models.provisioning import MODEL, locate


@dataclass(frozen=True, slots=True)
class Missing:
    """A model that is known but cannot speak here: why, and what to do."""

    name: str
    display_name: str
    en: str
    es: str


def missing(settings: Models) -> tuple[Missing, ...]:
    """The models that people ask for and that are not loaded."""
    if MODEL not in settings.loaded:
        return (
            _missing(
                "The settings do not load it: add it to models.loaded.",
                "La configuración no lo carga: agregarlo a models.loaded.",
            ),
        )
    try:
        find_chatterbox(settings.chatterbox)
    except ServiceError as error:
        return (_missing(error.en, error.es),)
    return ()


def loaders(settings: Models) -> Mapping[str, Callable[[], Model]]:
    """How to load each model the settings name and the machine has. Importing a model's code is part of loading it."""
    threads = settings.threads or os.cpu_count() or 1

    def load_chatterbox() -> Model:
        from service.models.chatterbox.assembly import Options, assemble

        chosen = settings.chatterbox
        return assemble(
            find_chatterbox(chosen),
            Options(
                device=chosen.device,
                profile=chosen.profile,
                text_front_end=chosen.text_front_end,
                slots=chosen.slots,
                voice_bytes=chosen.voice_cache_mb * 2**20,
                threads=threads,
                watermark=chosen.watermark,
                bfloat16=chosen.gpu_optimizations.use_bfloat16,
                tf32=chosen.gpu_optimizations.use_tf32,
                nf4=chosen.gpu_optimizations.use_nf4_quantization,
            ),
        )

    def load_kokoro() -> Model:
        from service.models.kokoro.model import Kokoro

        return Kokoro(threads, settings.kokoro.folder)

    def load_fake() -> Model:
        from service.models.fake import FakeModel

        fake = settings.fake
        return FakeModel(
            slots=fake.slots,
            decode_seconds=fake.decode_seconds,
            decode_row_seconds=fake.decode_row_seconds,
            render_seconds=fake.render_seconds,
            render_row_seconds=fake.render_row_seconds,
            fail_on=fake.fail_on,
        )

    known: dict[str, Callable[[], Model]] = {MODEL: load_chatterbox, "kokoro-es": load_kokoro, "fake": load_fake}
    absent = {model.name for model in missing(settings)}
    return {name: known[name] for name in settings.loaded if name not in absent}


def find_chatterbox(settings: Chatterbox) -> Checkpoint:
    """Its files. ServiceError MODEL_NOT_INSTALLED if the extra or a file is missing."""
    if find_spec("chatterbox") is None:
        raise _without("chatterbox")
    if settings.gpu_optimizations.use_nf4_quantization and find_spec("bitsandbytes") is None:
        raise _without("nf4")
    return open_checkpoint(*locate(settings))


def _missing(en: str, es: str) -> Missing:
    return Missing(MODEL, "Chatterbox Multilingual, español latinoamericano", en, es)


def _without(extra: str) -> ServiceError:
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en=f"It needs the extra `{extra}`: run `uv sync --extra {extra}`, then `eslatam models download`.",
        es=f"Requiere el extra `{extra}`: ejecutar `uv sync --extra {extra}` y `eslatam models download`.",
    )
