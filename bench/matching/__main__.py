"""`python -m bench.matching [quality | households | estimate | fill URL | speed URL | page [FILE]]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench.matching import estimate, page, quality, speed, telling


def main(words: list[str]) -> int:
    """Measure, or estimate; gives the exit code."""
    match words or ["quality"]:
        case ["quality"]:
            print("\n".join(quality.tables()))
        case ["households"]:
            print("\n".join(telling.tables()))
        case ["estimate"]:
            estimate.write()
        case ["fill", url]:
            asyncio.run(speed.fill(url))
        case ["speed", url]:
            print(speed.shown(asyncio.run(speed.measure(url))))
        case ["page"]:
            page.write()
        case ["page", file]:
            page.write(Path(file))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
