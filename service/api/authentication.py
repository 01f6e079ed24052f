"""Who calls. Anyone may, for now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from service.api.callers import Callers
from service.api.context import identify
from service.api.interception import Call, Context, Interceptor


class Authentication(Interceptor):
    """Names the caller. The place where keys will be checked: one that nobody checks names nobody."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        identify(self._callers.name(context))
        yield context
