"""`python -m bench.matching [quality | estimate | fill URL | speed URL | page FILE]`: see docs/matching.md."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench.matching import estimate, page, quality, speed


def main(words: list[str]) -> int:
    """Measure, or estimate; gives the exit code."""
    match words or ["quality"]:
        case ["quality"]:
            print("\n".join(quality.tables()))
        case ["estimate"]:
            estimate.write()
        case ["fill", url]:
            asyncio.run(speed.fill(url))
        case ["speed", url]:
            print(speed.shown(asyncio.run(speed.measure(url))))
        case ["page", file]:
            page.write(Path(file))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
