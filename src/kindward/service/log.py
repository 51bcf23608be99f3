"""One JSON object for each line on standard error; nothing in it comes from a content.

A line names the route's pattern, never a path, a query, a header or an address, and the token by its label. Errors
that nobody foresaw are told by their type and place: their texts may repeat what they stumbled over.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

PACKAGE = Path(__file__).parents[1]


class Log:
    """Write lines; the one for each request by a way of its own, because it is written on every request."""

    def __init__(self) -> None:
        self._out = structlog.BytesLogger(sys.stderr.buffer)
        self._worker = os.getpid()
        self._lines: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            self._out,
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper("iso", utc=True),
                structlog.processors.JSONRenderer(serializer=_encode),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=True,
        ).bind(worker=self._worker)
        self.info = self._lines.info
        self.error = self._lines.error

    def request(
        self, *, route: str, method: str | None, status: int, seconds: float, token: str | None, refused: str | None
    ) -> None:
        """Write the line of one answered request."""
        line = _Request(route, method, status, round(seconds, 6), token, refused, self._worker, datetime.now(UTC))
        self._out.msg(_encode_request(line))


class _Request(msgspec.Struct, tag_field="event", tag="request"):
    route: str
    method: str | None
    status: int
    seconds: float
    token: str | None
    refused: str | None
    worker: int
    timestamp: datetime
    level: str = "info"


_encode_request = msgspec.json.Encoder().encode


def place(problem: BaseException) -> list[str]:
    """List the files, lines and functions an error came through, innermost last, without any value."""
    frames = traceback.extract_tb(problem.__traceback__)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-8:]]


class LineFormatter(logging.Formatter):
    """Write the server's own lines in the same form, without the texts of errors."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record as JSON."""
        line: dict[str, object] = {
            "event": "server",
            "says": record.getMessage() if not record.exc_info else record.msg,
            "level": record.levelname.lower(),
            "worker": record.process,
        }
        if record.exc_info and (problem := record.exc_info[1]):
            line |= {"kind": type(problem).__name__, "place": place(problem)}
        return msgspec.json.encode(line).decode()


def server_logging() -> dict[str, Any]:
    """Configure the standard library's logging: the server's lines in our form, every other library silent.

    Other libraries' warnings may quote what they were given, for instance a byte of a broken form.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "kindward.service.log.LineFormatter"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"},
            "silence": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["silence"], "level": "WARNING"},
        "loggers": {"uvicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    }


def _encode(record: object, **_: object) -> bytes:
    return msgspec.json.encode(record)


def _short(filename: str) -> str:
    file = Path(filename)
    return str(file.relative_to(PACKAGE)) if file.is_relative_to(PACKAGE) else file.name
