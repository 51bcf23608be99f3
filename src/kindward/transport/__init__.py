"""The way out: HTTP with limits of time, size and tries; sources and lists never open a connection themselves."""

from kindward.transport.folder import FolderTransport
from kindward.transport.http import HttpTransport
from kindward.transport.limits import HttpLimits

__all__ = ["FolderTransport", "HttpLimits", "HttpTransport"]
