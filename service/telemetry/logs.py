"""Logs: one line an event on the standard error stream, with the request's id, never its text."""

import logging
from contextvars import ContextVar
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="-")

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Sets the root logger up. Call once, in `main`."""
    handler = logging.StreamHandler()
    handler.addFilter(_RequestId())
    handler.setFormatter(
        JsonFormatter(FORMAT, json_ensure_ascii=False) if form == "json" else logging.Formatter(FORMAT)
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
