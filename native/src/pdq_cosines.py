"""Write pdq_cosines.h: the left half of PDQ's 16x64 DCT matrix as correctly rounded hexadecimal doubles.

The mathematical library's cosine differs in its last bit between platforms, and the hash must not. So the table is
computed here with 60 decimal digits and rounded once. Run it again with ``python native/src/pdq_cosines.py``; a test
compares the file with what this prints.
"""

# ruff: noqa: INP001 - a script beside the table it writes
from __future__ import annotations

from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60

HEADER = """/* Written by pdq_cosines.py; do not edit.
 * Row i of PDQ's DCT matrix is sqrt(2/64) * cos(pi/128 * (i+1) * (2k+1)); its right half mirrors the left one.
 * kw_cosines[k][m] is element k of row 2m for m < 8 and of row 2(m-8)+1 for m >= 8. */
#ifndef KINDWARD_PDQ_COSINES_H
#define KINDWARD_PDQ_COSINES_H

static const double kw_cosines[32][16] = {
"""


def arctan_inverse(x: int) -> Decimal:
    """Sum the arctangent series of 1/x."""
    term = total = Decimal(1) / x
    n = 1
    while abs(term) > Decimal(10) ** -58:
        term = -term / (x * x)
        n += 2
        total += term / n
    return total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


def cosine(numerator: int) -> Decimal:
    """Give cos(pi/128 * numerator) by its series after reduction to the half circle."""
    angle = PI * min(numerator % 256, -numerator % 256) / 128
    term = total = Decimal(1)
    n = 0
    while abs(term) > Decimal(10) ** -58:
        n += 2
        term = -term * angle * angle / (n * (n - 1))
        total += term
    return total


def header() -> str:
    """Give the text of pdq_cosines.h."""
    scale = (Decimal(2) / 64).sqrt()
    rows = []
    for k in range(32):
        values = [float(scale * cosine((i + 1) * (2 * k + 1))).hex() for i in (*range(0, 16, 2), *range(1, 16, 2))]
        lines = [", ".join(values[m : m + 4]) for m in range(0, 16, 4)]
        rows.append("    {" + ",\n     ".join(lines) + "}")
    return HEADER + ",\n".join(rows) + "};\n\n#endif\n"


if __name__ == "__main__":
    Path(__file__).with_name("pdq_cosines.h").write_text(header(), encoding="utf-8")
