"""The native methods as JSON over HTTP, made from the `google.api.http` rules in the contract's descriptors."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from eslatam.tts.v1 import models_pb2, speech_pb2, voices_pb2
from google.api import annotations_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rest_bridge.context import read_context
from rest_bridge.envelopes import write_google
from rest_bridge.errors import BridgeError, Violation, refuse
from rest_bridge.limits import read_json
from rest_bridge.messages import Language, describe_rule
from rest_bridge.speech import NEVER_STORE, reply_streamed, reply_whole
from rest_bridge.streaming import Replies, StreamedResponse, open_replies
from rest_bridge.upstream import ask, find_upstream, until_disconnect

M = TypeVar("M", bound=Message)

_FILES = (speech_pb2, voices_pb2, models_pb2)
_VARIABLE = re.compile(r"\{([\w.]+)=([^{}*]*)\*\}")
_FIELD_IN_ERROR = re.compile(r'Failed to parse (\w+) field|has no field named "([^"]+)"')
_SPOKEN: dict[str, Callable[..., Any]] = {"Synthesize": reply_whole, "SynthesizeStream": reply_streamed}


@dataclass(frozen=True, slots=True)
class Binding:
    """A method and where it is served: a verb, a path, the fields that the path fills, the field the body fills."""

    method: MethodDescriptor
    verb: str
    path: str
    variables: tuple[tuple[str, str, str], ...]
    body: str


def make_routes() -> list[Route]:
    """A route for each rule."""
    return [Route(binding.path, _make_endpoint(binding), methods=[binding.verb]) for binding in read_bindings()]


def read_bindings() -> Iterator[Binding]:
    """Every rule of a method whose request is one message."""
    for file in _FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                if method.GetOptions().HasExtension(annotations_pb2.http) and not method.client_streaming:
                    yield _read_rule(method)


def _read_rule(method: MethodDescriptor) -> Binding:
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    template = getattr(rule, verb)
    variables = tuple((name.replace(".", "_"), name, prefix) for name, prefix in _VARIABLE.findall(template))
    path = _VARIABLE.sub(lambda found: f"{found[2]}{{{found[1].replace('.', '_')}}}", template)
    return Binding(method, verb.upper(), path, variables, rule.body)


def _make_endpoint(binding: Binding) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Any:
        message = await read_message(request, binding)
        if binding.method.name in _SPOKEN and _wants_audio(request):
            return await _SPOKEN[binding.method.name](request, message)
        stub = getattr(find_upstream(request), _STUBS[binding.method.containing_service.name])
        method = getattr(stub, binding.method.name)
        if binding.method.server_streaming:
            return await _reply_lines(request, method, message)
        return JSONResponse(write(await ask(request, method, message)), headers=NEVER_STORE)

    return endpoint


_STUBS = {"SpeechService": "speech", "VoiceService": "voices", "ModelService": "models"}


async def read_message(request: Request, binding: Binding) -> Message:
    """The request message of a call: path, body and query put together. BridgeError 400 if they do not fit."""
    content: dict[str, Any] = {}
    if binding.body:
        value = await read_json(request, find_upstream(request).settings.max_native_body_bytes)
        if binding.body == "*" and not isinstance(value, dict):
            raise refuse_rule("model_type")
        content = value if binding.body == "*" else {binding.body: value}
    if binding.body != "*":
        for name, value in request.query_params.multi_items():
            _put(content, name, value)
    for parameter, name, prefix in binding.variables:
        _put(content, name, prefix + request.path_params[parameter])
    return fill(content, GetMessageClass(binding.method.input_type)())


def fill(content: dict[str, Any], message: M) -> M:
    """The message with what its JSON form holds. BridgeError 400 if it does not fit."""
    try:
        return json_format.ParseDict(content, message)
    except (json_format.ParseError, RecursionError) as error:
        raise refuse_rule("wrong", *("".join(names) for names in _FIELD_IN_ERROR.findall(str(error)))) from error


def _put(content: dict[str, Any], path: str, value: str) -> None:
    """Sets the field at a dotted path. BridgeError 400 if the path runs through something that is no message."""
    *parents, last = path.split(".")
    for parent in parents:
        content = content.setdefault(parent, {})
        if not isinstance(content, dict):
            raise refuse_rule("model_type", parent)
    content[last] = value


def refuse_rule(rule: str, *location: str) -> BridgeError:
    """The error of a field that breaks a rule."""
    return refuse([Violation(location, rule, describe_rule(rule, {}))])


def _wants_audio(request: Request) -> bool:
    return any(part.strip().lower().startswith("audio/") for part in request.headers.get("accept", "").split(","))


def write(message: Message) -> dict[str, Any]:
    """A message in the contract's JSON form, fields with no value of their own included."""
    return json_format.MessageToDict(message, always_print_fields_with_no_presence=True)


async def _reply_lines(request: Request, method: Any, message: Message) -> StreamedResponse:
    """One JSON object a line. The status waits for the first; a later failure is the last line."""
    replies = await open_replies(request, method, message)
    try:
        first = await until_disconnect(request.receive, replies.read())
    except BaseException:
        replies.cancel()
        raise
    lines = _write_lines(replies, first, read_context(request.scope).language)
    return StreamedResponse(replies, lines, NEVER_STORE, "application/x-ndjson")


async def _write_lines(replies: Replies[Any], reply: Message | None, language: Language) -> AsyncGenerator[bytes, None]:
    try:
        while reply is not None:
            yield _write_line(json_format.MessageToDict(reply))
            reply = await replies.read()
    except BridgeError as error:
        yield _write_line(write_google(error, language)[1])


def _write_line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
