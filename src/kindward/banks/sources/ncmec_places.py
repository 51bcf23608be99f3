"""The addresses of the NCMEC hash lists, by name: seven that hold lists, and a test twin of each.

Source: the published client in ``threatexchange`` 1.2.17. They differ in who may read them and in what they hold; those
named ``exploitative`` hold material that is not illegal everywhere, those named ``generative-ai`` made-up pictures.
"""

from __future__ import annotations

_PLACES = {
    "industry": ("https://report.cybertip.org", "https://exttest.cybertip.org", "/hashsharing"),
    "industry-exploitative": (
        "https://report.cybertip.org",
        "https://exttest.cybertip.org",
        "/exploitative-hashsharing",
    ),
    "law-enforcement": ("https://lesp.ncmec.org", "https://betalesp.ncmec.org", "/csam-hashsharing"),
    "ngo": ("https://hashsharing.ncmec.org", "https://hashsharing-test.ncmec.org", "/npo"),
    "ngo-exploitative": ("https://hashsharing.ncmec.org", "https://hashsharing-test.ncmec.org", "/exploitative"),
    "ngo-generative-ai": (
        "https://hashsharing.ncmec.org",
        "https://hashsharing-test.ncmec.org",
        "/generative-ai-csam",
    ),
    "ngo-generative-ai-exploitative": (
        "https://hashsharing.ncmec.org",
        "https://hashsharing-test.ncmec.org",
        "/generative-ai-exploitative",
    ),
}
ENVIRONMENTS = {name: host + path for name, (host, _, path) in _PLACES.items()} | {
    f"test-{name}": host + path for name, (_, host, path) in _PLACES.items()
}
"""The address of every list, by its name."""
