"""The hot loops: a C core behind a typed Python surface, with a plain NumPy oracle beside each."""
