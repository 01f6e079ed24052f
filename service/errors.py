"""The one exception of the service, and every reason it can have."""

from dataclasses import dataclass, replace
from enum import Enum, IntEnum


class Code(IntEnum):
    """What kind of failure it is, numbered as google.rpc.Code."""

    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class Reason(Enum):
    """Why a request failed. The name is part of the contract (google.rpc.ErrorInfo.reason)."""

    INVALID_FIELD = "a rule of the contract is broken"
    UNSUPPORTED_OPTION = "the model or the encoding cannot do it"
    BAD_REFERENCE_AUDIO = "the clip cannot be used"
    VOICE_NOT_FOUND = "no such voice"
    MODEL_NOT_FOUND = "no such model"
    MODEL_NOT_INSTALLED = "the model is known but cannot speak here"
    OVERLOADED = "the engine is full"
    OUT_OF_MEMORY = "the accelerator's memory is full"
    DEADLINE_UNREACHABLE = "the deadline cannot be met"
    NOT_READY = "loading, draining or restarting"
    DEADLINE_EXCEEDED = "the deadline passed"
    NOT_IMPLEMENTED = "the contract has it, this version does not"
    INTERNAL = "a bug or a broken machine"

    @property
    def code(self) -> Code:
        return _CODES[self]


_CODES = {
    Reason.INVALID_FIELD: Code.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_OPTION: Code.INVALID_ARGUMENT,
    Reason.BAD_REFERENCE_AUDIO: Code.INVALID_ARGUMENT,
    Reason.VOICE_NOT_FOUND: Code.NOT_FOUND,
    Reason.MODEL_NOT_FOUND: Code.NOT_FOUND,
    Reason.MODEL_NOT_INSTALLED: Code.FAILED_PRECONDITION,
    Reason.OVERLOADED: Code.RESOURCE_EXHAUSTED,
    Reason.OUT_OF_MEMORY: Code.RESOURCE_EXHAUSTED,
    Reason.DEADLINE_UNREACHABLE: Code.RESOURCE_EXHAUSTED,
    Reason.NOT_READY: Code.UNAVAILABLE,
    Reason.DEADLINE_EXCEEDED: Code.DEADLINE_EXCEEDED,
    Reason.NOT_IMPLEMENTED: Code.UNIMPLEMENTED,
    Reason.INTERNAL: Code.INTERNAL,
}


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field that broke a rule: its path from the request's root, the rule, and what is wrong."""

    field: str
    rule: str
    en: str
    es: str


class ServiceError(Exception):
    """A failure a caller may see: a reason, and one sentence to act on in each language.

    `resource` names what was not found ("voices/ana"), `retry_after` is in seconds.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        en: str,
        es: str,
        fields: tuple[FieldViolation, ...] = (),
        resource: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(en)
        self.reason = reason
        self.en = en
        self.es = es
        self.fields = fields
        self.resource = resource
        self.retry_after = retry_after

    @property
    def code(self) -> Code:
        return self.reason.code

    def is_about(self, field: str) -> bool:
        """Whether it tells of that field alone."""
        return [violation.field for violation in self.fields] == [field]

    def within(self, path: str) -> "ServiceError":
        """The same error, its fields told from further up: `path` is where they are."""
        fields = tuple(replace(violation, field=f"{path}.{violation.field}") for violation in self.fields)
        return ServiceError(
            self.reason, en=self.en, es=self.es, fields=fields, resource=self.resource, retry_after=self.retry_after
        )


def invalid(reason: Reason, field: str, *, rule: str, en: str, es: str) -> ServiceError:
    """An error about one field of the request."""
    return ServiceError(reason, en=en, es=es, fields=(FieldViolation(field, rule, en, es),))
