"""Which models there are: those this process loads, and those it knows but cannot load."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.config import Models
from service.engine.model import Model


@dataclass(frozen=True, slots=True)
class Missing:
    """A model that is known but cannot speak here: why, and what to do."""

    name: str
    display_name: str
    en: str
    es: str


MISSING = (
    Missing(
        name="chatterbox-es-latam",
        display_name="Chatterbox Multilingual, Latin American Spanish",
        en="This version of the server does not run Chatterbox yet; the model kokoro-es speaks.",
        es="Esta versión del servidor aún no ejecuta Chatterbox; habla el modelo kokoro-es.",
    ),
)


def loaders(settings: Models) -> Mapping[str, Callable[[], Model]]:
    """How to load each model the settings name. Importing a model's code is part of loading it."""
    threads = settings.threads or os.cpu_count() or 1

    def load_kokoro() -> Model:
        from service.models.kokoro.model import Kokoro

        return Kokoro(threads, settings.kokoro.folder)

    def load_fake() -> Model:
        from service.models.fake import FakeModel

        fake = settings.fake
        return FakeModel(
            slots=fake.slots,
            decode_seconds=fake.decode_seconds,
            render_seconds=fake.render_seconds,
            fail_on=fake.fail_on,
        )

    known: dict[str, Callable[[], Model]] = {"kokoro-es": load_kokoro, "fake": load_fake}
    return {name: known[name] for name in settings.loaded}
