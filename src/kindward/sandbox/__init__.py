"""Stand-ins for services that cannot be reached, speaking the published protocols.

They are used by tests and by the demo, and are there for other projects as well.
"""
