"""Fetching a checkpoint's files from the Hugging Face hub: pinned, resumed, checked before they count.

HF_ENDPOINT, HF_TOKEN and the hub library's other variables hold. Only the command line calls this, never a request.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from service.errors import Reason, ServiceError
from service.models.chatterbox.files import Record, State, checksum, examine, read_records, write_records
from service.models.chatterbox.manifest import Manifest, Source

Tell = Callable[[str, str], None]
"""Takes a line for the person who waits, in English and in Spanish."""

_SHA256_DIGITS = 64


def download(manifest: Manifest, folder: Path, tell: Tell) -> None:
    """Every file of the checkpoint into `folder`; those that are there and verified are not fetched again.

    ServiceError MODEL_NOT_INSTALLED with what to do, for the first file that cannot be had or is not the one expected.
    """
    _require_hub()
    folder.mkdir(parents=True, exist_ok=True)
    for alternatives in manifest.sources.values():
        if not any(_is_verified(source, folder, tell) for source in alternatives):
            _fetch_best(alternatives, folder, tell)


def _require_hub() -> None:
    try:
        import huggingface_hub  # noqa: F401
    except ImportError as error:
        raise ServiceError(
            Reason.MODEL_NOT_INSTALLED,
            en="Downloading needs the extra `chatterbox`: pip install 'chatterbox-es-latam[chatterbox]'.",
            es="Para descargar hace falta el extra `chatterbox`: pip install 'chatterbox-es-latam[chatterbox]'.",
        ) from error


def _is_verified(source: Source, folder: Path, tell: Tell) -> bool:
    verified = examine(source, folder, read_records(folder), read=True) is State.VERIFIED
    if verified:
        tell(f"{source.name}: there, verified", f"{source.name}: ya está, verificado")
    return verified


def _fetch_best(alternatives: tuple[Source, ...], folder: Path, tell: Tell) -> None:
    """The first alternative that the hub has."""
    from huggingface_hub.errors import HTTPError, RemoteEntryNotFoundError  # type: ignore[attr-defined]

    for source in alternatives:
        try:
            _fetch(source, folder, tell)
        except RemoteEntryNotFoundError:
            continue
        except (OSError, HTTPError) as error:  # the disk's, the hub's and the line's
            _explain(source, error)
        return
    _refuse(
        f"{alternatives[0].repository} has no {alternatives[0].name} at {alternatives[0].revision}.",
        f"{alternatives[0].repository} no tiene {alternatives[0].name} en {alternatives[0].revision}.",
    )


def _fetch(source: Source, folder: Path, tell: Tell) -> None:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    records = read_records(folder)
    revision = _pin(source, records)
    remote = get_hf_file_metadata(hf_hub_url(source.repository, source.name, revision=revision))
    commit, etag = remote.commit_hash or revision, remote.etag or ""
    expected = source.sha256 or (etag if len(etag) == _SHA256_DIGITS else None)
    path = folder / source.name
    if not (expected and path.is_file() and checksum(path) == expected):
        tell(f"{source.name}: fetching from {source.repository}", f"{source.name}: se descarga de {source.repository}")
        url = hf_hub_url(source.repository, source.name, revision=commit)
        _transfer(url, folder / f"{source.name}.{(expected or etag)[:16]}.part", remote.size, expected, source)
    found = checksum(path)
    record = Record(path.stat().st_size, found, source.repository, commit, published=expected is not None)
    write_records(folder, {**records, source.name: record})
    if source.sha256:
        tell(f"{source.name}: verified", f"{source.name}: verificado")
    else:
        tell(
            f"{source.name}: checksum not known beforehand; recorded {found} of commit {commit}",
            f"{source.name}: suma no conocida de antemano; se anotó {found} del commit {commit}",
        )


def _transfer(url: str, part: Path, size: int | None, expected: str | None, source: Source) -> None:
    """Fetches what `part` lacks; then it takes the file's name. The hub library itself throws away what broke off."""
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    for other in part.parent.glob(f"{source.name}.*.part"):
        if other != part:
            other.unlink()
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    with part.open("ab") as file:
        http_get(
            url, file, resume_size=file.tell(), headers=headers, expected_size=size, displayed_filename=source.name
        )
    found = checksum(part)
    if found != (expected or found):
        part.unlink()
        _refuse(
            f"{source.name} from {source.repository} is not the file expected (SHA-256 {found}, not {expected}).",
            f"{source.name} de {source.repository} no es el archivo esperado (SHA-256 {found}, no {expected}).",
        )
    part.replace(part.with_name(source.name))


def _pin(source: Source, records: Mapping[str, Record]) -> str:
    """The manifest's commit; where it has none, the one from which the folder has its other files."""
    if source.revision != "main":
        return source.revision
    commits = (record.revision for record in records.values() if record.repository == source.repository)
    return next(commits, source.revision)


def _explain(source: Source, error: Exception) -> NoReturn:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        _refuse(
            f"The hub refuses {source.repository}: accept its terms there if it has any, and set HF_TOKEN.",
            f"El hub niega {source.repository}: aceptar allí sus condiciones, si las tiene, y fijar HF_TOKEN.",
        )
    if status == 404:
        _refuse(
            f"The hub has no {source.repository} at {source.revision}.",
            f"El hub no tiene {source.repository} en {source.revision}.",
        )
    _refuse(
        f"{source.name} could not be fetched ({error}). The same command goes on where it stopped.",
        f"No se pudo descargar {source.name} ({error}). El mismo comando sigue donde quedó.",
    )


def _refuse(en: str, es: str) -> NoReturn:
    raise ServiceError(Reason.MODEL_NOT_INSTALLED, en=en, es=es)
