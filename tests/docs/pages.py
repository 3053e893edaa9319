"""Reads the documentation: its pages, the blocks in them, and what is said of each block in the comment before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
HAND_WRITTEN = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "shared/README.md")
_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<said>[^\n]*?) -->\n)?^(?P<pad> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=pad)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: `said` is the comment on the line before it."""

    page: str
    line: int
    language: str
    said: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page, in order."""
    return [*(ROOT / name for name in HAND_WRITTEN), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(str(page.relative_to(ROOT)), line, found["language"], found["said"] or "", dedent(found["text"]))


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text())


def said_to_be(page: Path, prefix: str) -> dict[str, str]:
    """The blocks whose comment begins so, by the rest of the comment."""
    return {b.said.removeprefix(prefix): b.text for b in blocks(page) if b.said.startswith(prefix)}
