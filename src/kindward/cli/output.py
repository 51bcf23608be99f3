"""Three forms of output: lines for people, one JSON array, one JSON object per line.

Machine forms hold the same records and keep their keys in every language; only the sentences in them (``message``,
``hint``, ``meaning``) are meant for people and speak their language. Control characters and file names that are
not UTF-8 are escaped (a lone surrogate stands for a raw byte, as in Python's ``surrogateescape``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import click

from kindward.cli.translated import Option
from kindward.locale import N_

Form = Literal["human", "json", "jsonl"]
Record = Mapping[str, object]
_F = TypeVar("_F", bound=Callable[..., Any])


def output_option(command: _F) -> _F:
    """Add ``-o human|json|jsonl`` to a command."""
    return click.option(
        "-o",
        "--output",
        "form",
        cls=Option,
        type=click.Choice(["human", "json", "jsonl"]),
        default="human",
        show_default=True,
        help=N_("Form of the output: for people, one JSON document, or one JSON object per line."),
    )(command)


class Records:
    """Write many records as they come; a context manager, because a JSON array must be closed."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._form == "json":
            _write("\n]\n" if self._count else "[]\n")

    def put(self, record: Record, line: str) -> None:
        """Write one record at once, or ``line`` for people (nothing if it is empty)."""
        if self._form == "human":
            text = f"{line}\n" if line else ""
        elif self._form == "jsonl":
            text = _encode(record) + "\n"
        else:
            text = ("[\n" if self._count == 0 else ",\n") + _encode(record)
        self._count += 1
        _write(text)


def put_one(form: Form, record: Record, text: str) -> None:
    """Write a single record, or ``text`` for people."""
    _write((text if form == "human" else _encode(record)) + "\n")


def _encode(record: Record) -> str:
    return json.dumps(record, separators=(", ", ": "), allow_nan=False)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
