"""Stand-ins for services that cannot be reached: they speak the published protocols, for tests, demo and other projects."""
