"""Check many pictures at once from a thread pool: python check_in_threads.py BANK PICTURES."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kindward import open_checker


def main(bank: str, *pictures: str) -> None:
    """Print a decision for each picture, in their order."""
    cores = os.cpu_count() or 1
    with open_checker([bank], workers=cores) as checker, ThreadPoolExecutor(2 * cores) as threads:
        verdicts = threads.map(checker.check, map(Path, pictures))
        for picture, verdict in zip(pictures, verdicts, strict=True):
            print(picture, verdict.decision)


if __name__ == "__main__":
    main(*sys.argv[1:])
