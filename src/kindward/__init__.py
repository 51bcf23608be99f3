"""Protect children in messengers, e-mail and game chat.

``import kindward`` costs nothing; the three public names are loaded when they are first used, so that a door or a
guard which needs one room does not pay for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "26.11.0"

if TYPE_CHECKING:
    from kindward.app import Checker as Checker
    from kindward.app import open_checker as open_checker
    from kindward.model import Content as Content
    from kindward.model import Verdict as Verdict

__all__ = ["Checker", "Content", "Verdict", "__version__", "open_checker"]

_HOMES = {
    "Checker": "kindward.app",
    "open_checker": "kindward.app",
    "Content": "kindward.model",
    "Verdict": "kindward.model",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is known only to the four names above
    """Load a public name from its room on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kindward' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
