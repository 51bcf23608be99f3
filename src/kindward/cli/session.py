"""What the options before the command say; handed to every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kindward.config import Loaded, Settings


@dataclass(slots=True)
class Session:
    """The options before the command."""

    config: Path | None = None
    debug: bool = False

    def loaded(self) -> Loaded:
        """Read the configuration with the origin of every value. Raises: ConfigError."""
        from kindward.config import load

        return load(self.config)

    def settings(self) -> Settings:
        """Read the configuration. Raises: ConfigError."""
        return self.loaded().settings


pass_session = click.make_pass_decorator(Session, ensure=True)
