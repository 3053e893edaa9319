"""Writes the reference pages from the code: `python -m docs.generate`, or with `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.catalogue import page as catalogue
from docs.generated import envelope, errors, events, metrics, settings

FOLDER = Path(__file__).parent / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "events.md": events.page,
    "events.html": catalogue.offline,
    "envelope.md": envelope.page,
    "metrics.md": metrics.page,
    "settings.md": settings.page,
    "errors.md": errors.page,
}
NOTE = "<!-- Made from the code by `make docs`: change it there. -->\n\n"


def documents() -> dict[str, str]:
    """Every generated page by its name in the folder."""
    return {name: NOTE + page() for name, page in PAGES.items()}


def stale(folder: Path) -> list[str]:
    """The names of pages that are missing, not what they should be, or should not be there."""
    wanted, there = documents(), {file.name: file.read_text() for file in _there(folder)}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _there(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix in {".md", ".html"}]


def write(folder: Path) -> None:
    """Make the folder hold exactly the generated pages."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents()
    for file in _there(folder):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


def main(words: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser("docs.generate", description="Write the reference pages from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is not up to date")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    asked = parser.parse_args(words)
    found = stale(asked.folder)
    if asked.check:
        print("\n".join(f"not up to date: {name} (run `make generate`)" for name in found) or "reference up to date")
        return 1 if found else 0
    write(asked.folder)
    print("\n".join(found) or "nothing to write")
    return 0


if __name__ == "__main__":
    sys.exit(main())
