"""Click's building blocks with help in the language of the user.

Help stands in the code in English and is translated when it is shown, not when the module is loaded, so that one
process can speak both languages (the tests and the reference pages do).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import click
from click.exceptions import NoSuchCommand

from kindward.locale import translate


class _Text:
    """A text attribute that is stored in English and read in the language of the user."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._slot = f"_english_{name}"

    def __set__(self, holder: object, text: str | None) -> None:
        setattr(holder, self._slot, text)

    def __get__(self, holder: object | None, owner: type) -> object:
        if holder is None:
            return self
        text = getattr(holder, self._slot)
        return translate(text) if text else text


def _text() -> str | None:
    return cast("str | None", _Text())


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


class Option(click.Option):
    """An option whose help is translated."""

    help: str | None = _text()


class Argument(click.Argument):
    """An argument whose help is translated."""

    help: str | None = _text()


class Command(click.Command):
    """A command whose help is translated."""

    help: str | None = _text()
    epilog: str | None = _text()
    short_help: str | None = _text()

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give the first paragraph whole: a line that breaks off explains nothing."""
        del limit
        return _first_paragraph(self.help)


class Group(click.Group):
    """A group whose help is translated and whose commands are loaded when they are asked for.

    ``homes`` maps each command, in the order of the help page, to ``module:attribute``.
    """

    help: str | None = _text()
    epilog: str | None = _text()
    short_help: str | None = _text()
    command_class = Command

    def __init__(self, *args: Any, homes: dict[str, str], **kwargs: Any) -> None:  # noqa: ANN401 - handed on to click
        super().__init__(*args, **kwargs)
        self.homes = homes

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give the first paragraph whole: a line that breaks off explains nothing."""
        del limit
        return _first_paragraph(self.help)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of their home table: the main job first."""
        del ctx
        return list(self.homes)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped one is answered with the nearest. Raises: NoSuchCommand."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as unknown:
            raise NoSuchCommand(unknown.command_name, possibilities=self.homes, ctx=ctx) from None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command from its module."""
        del ctx
        if cmd_name not in self.homes:
            return None
        module, _, attribute = self.homes[cmd_name].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))
