"""Bodies: read up to a limit, parsed as JSON, checked field by field."""

import json
import math
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from rest_bridge import messages
from rest_bridge.errors import BridgeError, Violation, refuse

B = TypeVar("B", bound="Body")


class Body(BaseModel):
    """A JSON body. Types are exact (true is no number); fields it does not know are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. BridgeError 413 as soon as it is known to be over `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            if len(body) + len(chunk) > limit:
                raise _too_large(limit)
            body += chunk
    return bytes(body)


async def read_json(request: Request, limit: int) -> Any:
    """The value of a JSON body. Numbers are finite and strings are Unicode; BridgeError 400 if not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise BridgeError(400, "BAD_MEDIA_TYPE", messages.BAD_MEDIA_TYPE)
    return parse_json(await read_body(request, limit))


def parse_json(body: bytes) -> Any:
    """The value of a JSON text, as `read_json`."""
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_read_float)
    except (ValueError, RecursionError):
        raise BridgeError(400, "BAD_JSON", messages.BAD_JSON) from None
    if b"\\ud" in body.lower():
        _check_unicode(value)
    return value


async def read_model(request: Request, model: type[B], limit: int) -> B:
    """The body as a model. BridgeError with every violation if it does not fit."""
    try:
        return model.model_validate(await read_json(request, limit))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    raise refuse(
        [
            Violation(
                tuple(map(str, each["loc"])),
                each["type"],
                messages.describe_rule(each["type"], each.get("ctx", {})),
            )
            for each in found
        ]
    )


def check_text(text: str, field: str, limit: int) -> str:
    """The text without the space around it. BridgeError 400 if it is empty or has over `limit` characters."""
    trimmed = text.strip()
    if not trimmed:
        raise BridgeError(400, "INVALID_FIELD", messages.NO_TEXT, field=field)
    if len(trimmed) > limit:
        raise BridgeError(400, "TEXT_TOO_LONG", messages.too_long(len(trimmed), limit), field=field)
    return trimmed


def _too_large(limit: int) -> BridgeError:
    return BridgeError(413, "BODY_TOO_LARGE", messages.too_large(limit))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read_float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def _check_unicode(value: Any) -> None:
    broken = [location for location, text in _walk(value) if any("\ud800" <= letter <= "\udfff" for letter in text)]
    if broken:
        rule = messages.describe_rule("string_unicode", {})
        raise refuse([Violation(location, "string_unicode", rule) for location in broken])


def _walk(value: Any, location: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every string of a JSON value, keys included, and where it is."""
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, location)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield location, key
            yield from _walk(item, (*location, key) if key.isascii() else location)
