"""What the command line asks of the models' files: fetching them, and telling what state they are in."""

from collections.abc import Iterator
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
    """Lines about Chatterbox's files, in English and in Spanish. Computes their checksums: some seconds."""
    manifest, folder = locate(settings.chatterbox)
    yield f"Chatterbox {manifest.checkpoint}: {folder}", f"Chatterbox {manifest.checkpoint}: {folder}"
    records = read_records(folder)
    for alternatives in manifest.sources.values():
        source = find_source(alternatives, folder)
        state = examine(source, folder, records, read=True)
        yield f"  {source.name}: {state.value}", f"  {source.name}: {_SPANISH[state]}"
