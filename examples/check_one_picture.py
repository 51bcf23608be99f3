"""Check one picture against a bank: python check_one_picture.py BANK PICTURE."""

import sys
from pathlib import Path

from kindward import open_checker


def main(bank: str, picture: str) -> None:
    """Print what is known about a picture."""
    with open_checker([bank]) as checker:
        verdict = checker.check(Path(picture))
    print(verdict.decision)
    for match in verdict.matches:
        print(f"{match.bank}: entry {match.entry}, {match.distance} of {match.threshold} bits, view {match.view}")


if __name__ == "__main__":
    main(*sys.argv[1:])
