"""Links between services' pages: where each leads, and how the menu of a whole installation is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Link:
    """A label and where it leads: an http(s) address, or a path of this service."""

    label: str
    href: str

    def __post_init__(self) -> None:
        """Refuse what a browser would run or misread."""
        scheme = urlsplit(self.href).scheme
        if not self.label or not (
            scheme in ("http", "https") or (not scheme and self.href.startswith(("/", "?", "#")))
        ):
            raise ValueError("A link needs a label and an http(s) address or a path.")


class LinksFile(Sequence[Link]):
    """The links that a file has, read again whenever it changes: a service that comes later is in all menus at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._links: tuple[Link, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Link: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Link]: ...
    def __getitem__(self, index: int | slice) -> Link | Sequence[Link]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> tuple[Link, ...]:
        changed_at = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if changed_at != self._read_at:
            self._links = parsed(self._path.read_text()) if changed_at else ()
            self._read_at = changed_at
        return self._links


def parsed(text: str) -> tuple[Link, ...]:
    """The links written as `Label=url,Label=url` (addresses without commas); ValueError when it can't be read."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return tuple(Link(label.strip(), href.strip()) for label, _, href in pairs)


def links_from(text: str) -> Sequence[Link]:
    """What CAREBUS_LINKS says: the links themselves, or the path of a file that has them."""
    return LinksFile(Path(text)) if text.startswith("/") else parsed(text)
