"""Plain, slow, readable NumPy versions of everything the kernel does; tests say that both are equal."""
