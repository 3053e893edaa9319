"""Links: under which prefix this service's own pages are, and where those of the others are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload
from urllib.parse import urljoin, urlsplit

from starlette.requests import Request

from carebus.access import Caller

PREFIX = "carebus.prefix"
"""Where a request's scope has the prefix that this service is under."""
FIND, PERSON = "find", "person"
USES = (FIND, PERSON)
PATIENT_ID = "{patient_id}"


def at(request: Request, path: str) -> str:
    """The address of a page of this service, as browsers know it: for every redirect and cookie path."""
    return under(str(request.scope.get(PREFIX, "")), path)


def under(prefix: str, address: str) -> str:
    """A path with the prefix before it; any other address (`https://…`, `?page=2`, `#content`) as it is."""
    return f"{prefix}{address}" if address.startswith("/") else address


@dataclass(frozen=True, slots=True)
class Link:
    """A label and where it leads: an http(s) address, or a path of this service.

    roles: whom of those who have signed in it is shown to; all, where none is named.  use: `find` for the page that
    finds people, `person` for a page about one, whose address has `{patient_id}`; other links stand in the head.
    """

    label: str
    href: str
    roles: frozenset[str] = frozenset()
    use: str = ""

    def __post_init__(self) -> None:
        """Refuse what a browser would run or misread."""
        scheme = urlsplit(self.href).scheme
        if not self.label or not (
            scheme in ("http", "https") or (not scheme and self.href.startswith(("/", "?", "#")))
        ):
            raise ValueError("A link needs a label and an http(s) address or a path.")

    def open_to(self, who: Caller, *, strangers_try: bool = True) -> bool:
        """Whether this is for somebody like the caller. Strangers may try it, unless `strangers_try` is false."""
        return not self.roles or (strangers_try and not who.signed_in) or bool(self.roles & who.roles)

    def about(self, patient_id: object) -> str:
        """Where this leads for one person."""
        return self.href.replace(PATIENT_ID, str(patient_id))

    def beside(self, path: str) -> str:
        """The address of another page of the service at which this leads to a person."""
        return self.href.partition(f"/patients/{PATIENT_ID}")[0] + path

    @property
    def origin(self) -> str:
        """The scheme, name and port of the address."""
        parts = urlsplit(self.href)
        return f"{parts.scheme}://{parts.netloc}"


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


def links_for(who: Caller, links: Iterable[Link], use: str = "", *, strangers_try: bool = True) -> list[Link]:
    """Those links of one use that are for somebody like the caller."""
    return [link for link in links if link.use == use and link.open_to(who, strangers_try=strangers_try)]


def is_search(links: Iterable[Link], here: str, path: str) -> bool:
    """Whether a path at this origin is where the head's search leads."""
    found = (urlsplit(urljoin(here, link.href)) for link in links if link.use == FIND)
    return any((f"{one.scheme}://{one.netloc}", one.path) == (here, path) for one in found)


def parsed(text: str) -> tuple[Link, ...]:
    """The links written as `Label=url,Label=url` (addresses without commas); ValueError when it can't be read.

    `Label=url|nurse doctor` is for these roles only; `find:Label=url` and `person:Label=url/{patient_id}` have a use.
    """
    return tuple(_parsed(part) for part in text.split(",") if part.strip())


def _parsed(part: str) -> Link:
    named, _, rest = part.strip().partition("=")
    href, _, roles = rest.partition("|")
    use, _, label = named.partition(":")
    used = use.strip() in USES and bool(label)
    return Link((label if used else named).strip(), href.strip(), frozenset(roles.split()), use.strip() if used else "")


def written(link: Link) -> str:
    """A link as `parsed` reads it."""
    named = f"{link.use}:{link.label}" if link.use else link.label
    return f"{named}={link.href}" + (f"|{' '.join(sorted(link.roles))}" if link.roles else "")


def links_from(text: str) -> Sequence[Link]:
    """What CAREBUS_LINKS says: the links themselves, or the path of a file that has them."""
    return LinksFile(Path(text)) if text.startswith("/") else parsed(text)
