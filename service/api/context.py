"""Who calls, with which id, since when."""

import math
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import grpc

from service.api.interception import Call, Context, Delegate, Interceptor
from service.telemetry import logs

REQUEST_ID = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Caller:
    """One RPC's caller: the request's id, who sent it, when, and until when they wait, on the monotonic clock."""

    request_id: str
    name: str
    arrived_at: float
    deadline: float = math.inf


_current: ContextVar[Caller] = ContextVar("caller")


def current() -> Caller:
    """The caller of the RPC this task serves."""
    return _current.get()


def identify(name: str) -> None:
    """Names the caller of the RPC this task serves, who is its address until then."""
    _current.set(replace(_current.get(), name=name))


class RequestContext(Interceptor):
    """Takes the request's id from the metadata, or makes one, and sends it back with the first reply.

    Not sooner: a client may only retry while it has seen no metadata.
    """

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        sent = dict(context.invocation_metadata() or ()).get(REQUEST_ID, "")
        request_id = sent if isinstance(sent, str) and _SANE.fullmatch(sent) else uuid.uuid4().hex
        logs.request_id.set(request_id)
        now, left = time.monotonic(), context.time_remaining()
        _current.set(Caller(request_id, context.peer(), now, math.inf if left is None else now + left))
        announced = False

        async def announce() -> None:
            nonlocal announced
            if not announced:
                announced = True
                await context.send_initial_metadata(((REQUEST_ID, request_id),))

        context.set_trailing_metadata(((REQUEST_ID, request_id),))
        try:
            yield Delegate(context, announce)  # type: ignore[misc]
        except grpc.aio.AbortError:
            raise
        except grpc.aio.BaseError:
            return  # the peer has gone
        await announce()
