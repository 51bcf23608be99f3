"""The way out: HTTP with limits of time, size and tries; sources and lists never open a connection themselves."""
