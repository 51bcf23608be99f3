"""Stand-ins for services that cannot be reached, speaking the published protocols.

They are used by tests and by the demo, and are there for other projects as well. Every record in them is invented:
random values, or the fingerprints of ordinary pictures. A stand-in is an ASGI application with its state in memory;
``running`` serves one from a thread, ``python -m kindward.sandbox NAME`` from a process.
"""

from kindward.sandbox.faults import Fault, Faults
from kindward.sandbox.running import running

__all__ = ["Fault", "Faults", "running"]
