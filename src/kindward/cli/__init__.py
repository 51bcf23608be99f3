"""The command line: what a person types, what a script reads.

Nothing heavy is imported before a command needs it, because ``kindward --help`` is typed by someone who is waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit status.

    The statuses are listed in ``kindward.cli.exits``.
    """
    try:
        from kindward.cli.program import run

        status = run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
