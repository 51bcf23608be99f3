"""Decode hostile bytes where it can do no harm: in processes with limits that can be killed at any time.

The pool is loaded on first use, so that ``nursery.begin_early`` can start its processes before the libraries that this
process itself needs are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kindward.isolation.pool import DecoderPool

__all__ = ["DecoderPool"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, whose type checkers see above
    """Load the pool on first use."""
    if name != "DecoderPool":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kindward.isolation.pool import DecoderPool

    return DecoderPool
