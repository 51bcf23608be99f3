"""Check pictures as they arrive without holding up an event loop: python check_with_asyncio.py BANK PICTURES."""

import asyncio
import sys
from pathlib import Path

from kindward import Checker, open_checker


async def arrived(checker: Checker, picture: str) -> None:
    """Print the decision as soon as it is there."""
    verdict = await checker.acheck(Path(picture))
    print(picture, verdict.decision)


async def main(bank: str, *pictures: str) -> None:
    """Check all pictures at once."""
    with open_checker([bank], workers=2) as checker:
        await asyncio.gather(*(arrived(checker, picture) for picture in pictures))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
