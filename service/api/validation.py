"""The rules written in the protos, checked on every request before it is served."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import protovalidate
from google.protobuf.message import Message

from service.api.interception import Call, Context, Interceptor
from service.errors import FieldViolation, Reason, ServiceError

SPANISH = {
    "required": "es obligatorio",
    "string.min_len": "no puede estar vacío",
    "string.max_len": "es demasiado largo (máximo {rule} caracteres)",
    "bytes.min_len": "no puede estar vacío",
    "bytes.max_len": "es demasiado grande (máximo {rule} bytes)",
    "string.pattern": "no tiene la forma {rule}",
    "enum.defined_only": "no es uno de los valores definidos",
    "repeated.max_items": "tiene demasiados elementos (máximo {rule})",
    "repeated.unique": "tiene elementos repetidos",
}

RANGES = (
    ("must be", "debe ser"),
    ("greater than or equal to", "mayor o igual que"),
    ("less than or equal to", "menor o igual que"),
    ("greater than", "mayor que"),
    ("less than", "menor que"),
    ("in list", "uno de"),
    (" and ", " y "),
)
"""protovalidate's words for the limits of a number, longest first."""


class Validation(Interceptor):
    """Refuses requests that break a rule of the contract, naming each field that does."""

    def __init__(self) -> None:
        self._validator = protovalidate.Validator()

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        yield context

    def receive(self, call: Call, message: Any) -> None:
        check(self._validator, message)


def check(validator: protovalidate.Validator, request: Message) -> None:
    """Raises INVALID_FIELD."""
    fields = tuple(_field_violation(violation) for violation in validator.collect_violations(request))
    if fields:
        raise ServiceError(
            Reason.INVALID_FIELD,
            en="; ".join(f"{field.field} {field.en}" for field in fields),
            es="; ".join(f"{field.field} {field.es}" for field in fields),
            fields=fields,
        )


def _field_violation(violation: Any) -> FieldViolation:
    path = ""
    for element in violation.proto.field.elements:
        path += f".{element.field_name}"
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    rule_id, message = violation.proto.rule_id, violation.proto.message
    spanish = SPANISH[rule_id].format(rule=violation.rule_value) if rule_id in SPANISH else _translate(message)
    return FieldViolation(
        field=path.removeprefix("."),
        rule=rule_id,
        en=message,
        es=spanish,
    )


def _translate(message: str) -> str:
    for english, spanish in RANGES:
        message = message.replace(english, spanish)
    return message
