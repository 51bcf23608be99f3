"""What all tests of this room have in common."""

from speaking import errors_can_be_read

__all__ = ["errors_can_be_read"]
