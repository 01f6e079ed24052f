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


class Validation(Interceptor):
    """Refuses requests that break a rule of the contract, naming each field that does."""

    def __init__(self) -> None:
        self._validator = protovalidate.Validator()

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        if isinstance(request, Message):
            check(self._validator, request)
        yield context


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
    rule_id = violation.proto.rule_id
    spanish = SPANISH.get(rule_id, "está fuera del rango permitido ({message})")
    return FieldViolation(
        field=path.removeprefix("."),
        rule=rule_id,
        en=violation.proto.message,
        es=spanish.format(rule=violation.rule_value, message=violation.proto.message),
    )
