"""Decode hostile bytes where it can do no harm: in processes with limits that can be killed at any time."""

from kindward.isolation.pool import DecoderPool

__all__ = ["DecoderPool"]
