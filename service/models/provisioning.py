"""What the command line asks of the models' files: fetching them, and telling what state they are in."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from service.config import ROOT, Chatterbox, Models
from service.errors import Reason, ServiceError
from service.models.chatterbox.download import Tell
from service.models.chatterbox.download import download as download_files
from service.models.chatterbox.files import State, cache_folder, examine, find_source, read_records
from service.models.chatterbox.manifest import Manifest, read_manifests

MANIFEST = ROOT / "config" / "chatterbox.yaml"
MODEL = "chatterbox-es-latam"

_SPANISH = {
    State.MISSING: "falta",
    State.WRONG_SIZE: "no tiene el tamaño debido",
    State.WRONG_CHECKSUM: "no es el archivo conocido",
    State.UNVERIFIED: "está, sin verificar",
    State.VERIFIED: "verificado",
}


def locate(settings: Chatterbox, checkpoint: str | None = None) -> tuple[Manifest, Path]:
    """A checkpoint's manifest and folder; without a name, those of the settings.

    The configured folder is the configured checkpoint's: files of another one would mix with its own.
    """
    name = checkpoint or settings.checkpoint
    own = settings.folder if name == settings.checkpoint else None
    return read_manifests(MANIFEST)[name], own or cache_folder(name)


def download(settings: Models, name: str, tell: Tell) -> None:
    """Fetches the model, or a checkpoint of it by its own name. ServiceError if there is none or it cannot be had."""
    checkpoint = settings.chatterbox.checkpoint if name == MODEL else name
    known = sorted(read_manifests(MANIFEST))
    if checkpoint not in known:
        raise ServiceError(
            Reason.MODEL_NOT_FOUND,
            en=f"There is nothing to download for {name}; there is for {MODEL}, {', '.join(known)}.",
            es=f"No hay nada que descargar para {name}; sí para {MODEL}, {', '.join(known)}.",
        )
    manifest, folder = locate(settings.chatterbox, checkpoint)
    tell(f"{checkpoint} -> {folder}", f"{checkpoint} -> {folder}")
    download_files(manifest, folder, tell)
    if checkpoint != settings.chatterbox.checkpoint:
        setting = f"ESLATAM_MODELS__CHATTERBOX__CHECKPOINT={checkpoint}"
        tell(f"To speak with it: {setting}", f"Para hablar con él: {setting}")


def report(settings: Models) -> Iterator[tuple[str, str]]:
    """Lines about Chatterbox's files and its text front ends, in English and in Spanish.

    Computes the files' checksums, which takes some seconds.
    """
    manifest, folder = locate(settings.chatterbox)
    yield f"Chatterbox {manifest.checkpoint}: {folder}", f"Chatterbox {manifest.checkpoint}: {folder}"
    records = read_records(folder)
    found = {}
    for role, alternatives in manifest.sources.items():
        source = find_source(alternatives, folder)
        state = examine(source, folder, records, read=True)
        if state in (State.UNVERIFIED, State.VERIFIED, State.WRONG_CHECKSUM):
            found[role] = folder / source.name
        yield f"  {source.name}: {state.value}", f"  {source.name}: {_SPANISH[state]}"
    if {"t3", "vocabulary"} <= found.keys() and all(find_spec(name) for name in ("safetensors", "tokenizers", "torch")):
        yield from _report_front_ends(found["t3"], found["vocabulary"], settings.chatterbox.text_front_end)


def _report_front_ends(t3: Path, vocabulary: Path, chosen: str) -> Iterator[tuple[str, str]]:
    from service.models.chatterbox.frontend import MODES, FrontEnd
    from service.models.chatterbox.loading import load_text_embedding
    from service.models.chatterbox.probe import probe

    try:
        embedding = load_text_embedding(t3)
        for mode in MODES:
            en, es = probe(FrontEnd(vocabulary, mode), embedding).summary()
            mark = "*" if mode == chosen else " "
            yield f"{mark} text as {en}", f"{mark} texto como {es}"
    except ServiceError as error:
        yield f"  {error.en}", f"  {error.es}"
