"""Lists what a Bundle says that has no field of ours, place by place, read from the original each time."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carebus.web.fhir.nodes import Node
from carebus.web.fhir.parsing import inside
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.arriving import Resources, take_in
from services.referral.channels.fhir.reading import stating_of
from services.referral.channels.fhir.stating import Stating

REACH = {"ServiceRequest", "Task", "Patient", "RelatedPerson", "Coverage", "Condition"}
"""What an order is about: of these every word is in the referral or in this list."""
MOST = 200
LONGEST = 4000
_OF_THE_MESSAGE = {"MessageHeader", "Bundle", "Composition", "Consent"}
"""What carries the others, and what is told of in words of its own."""
_TECHNICAL = {"resourceType", "id", "contained"}
_OF_META = {"security", "tag"}
"""What of `meta` is about the person and not about the record."""
_BESIDE = {"system", "use", "rank"}
"""What says how something is to be read, and is read with it."""
_TAG = re.compile(r"<[^>]*>")

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AlsoStated:
    """What has no field: each place with its words. `doubts` were looked at and could not be taken as they are.

    `other_service` is what was ordered in place of palliative care, where it was another service.
    """

    rows: tuple[Row, ...] = ()
    doubts: tuple[Row, ...] = ()
    left_off: int = 0
    other_service: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows or self.doubts)


def also_stated(raw: bytes, now: datetime) -> AlsoStated:
    """What this Bundle also states, read as of the moment it came. What can't be read as one states nothing here."""
    try:
        found = take_in(raw)
        stating = stating_of(found, now)
    except NotReadable:
        return AlsoStated()
    rows = [*_rows(found, stating), *_counted(found, stating)]
    doubts = tuple((_place(found, each.expression), each.rule) for each in stating.warnings)
    other = stating.body.get("other_service", "")
    return AlsoStated(tuple(rows[:MOST]), doubts, max(0, len(rows) - MOST), other)


def _rows(found: Resources, stating: Stating) -> Iterator[Row]:
    led_to = _led_to(stating.used)
    for resource in found.all:
        if resource.kind in REACH or (resource.path in led_to and resource.kind not in _OF_THE_MESSAGE):
            unread = _unread(resource, stating.used, led_to)
            yield from ((_place(found, path), words) for path, words in unread)


def _place(found: Resources, path: str) -> str:
    """A place by its resource's type, and by its entry too where there are several of that type."""
    within = [each for each in found.all if path == each.path or path.startswith(f"{each.path}.")]
    if not within:
        return path
    resource = max(within, key=lambda each: len(each.path))
    named = f"{resource.kind}{path.removeprefix(resource.path)}"
    entry = resource.path.removeprefix("Bundle.").partition(".resource")[0]
    return named if len(found.of(resource.kind)) == 1 else f"{entry} {named}"


def _unread(resource: Node, used: set[str], led_to: set[str]) -> Iterator[Row]:
    """What of a resource was not used: whole where nothing of it was, else part by part."""
    waiting = deque(_elements(resource))
    while waiting:
        path, value = waiting.popleft()
        if path in used:
            continue
        if isinstance(value, list) or path in led_to:
            left_out = _BESIDE if path in led_to else set()
            waiting.extendleft(reversed([each for each in inside(value, path) if _name(each[0]) not in left_out]))
        elif words := _said(value):
            yield path, words


def _elements(resource: Node) -> Iterator[tuple[str, Any]]:
    """The elements of a resource that are about what it says; not those about the record itself."""
    for path, value in inside(resource.value, resource.path):
        name = _name(path)
        if name == "meta":
            yield from ((at, each) for at, each in inside(value, path) if _name(at) in _OF_META)
        elif name not in _TECHNICAL and not (name == "text" and _is_generated(value)):
            yield path, value


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _is_generated(narrative: Any) -> bool:
    """Whether a narrative says in words what the resource says anyway."""
    return isinstance(narrative, dict) and narrative.get("status") in {"generated", "empty"}


def _said(value: Any) -> str:
    """All the words of an element, each with the name of what it says where it is one of several."""
    words = "; ".join(_words(value, ""))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _words(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _words(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, name)
    elif value is not None:
        text = value if isinstance(value, str) else str(value).lower()
        text = _TAG.sub(" ", text) if name == "div" else text
        yield " ".join(f"{name} {text}".split())


def _counted(found: Resources, stating: Stating) -> Iterator[Row]:
    """Resources that nobody reads, by their kind."""
    led_to = _led_to(stating.used)
    unread = [
        each.kind or "resource of no kind"
        for each in found.all
        if each.kind not in REACH | _OF_THE_MESSAGE and each.path not in led_to
    ]
    for kind, many in sorted(Counter(unread).items()):
        yield "Bundle", f"{many} {kind}{' was' if many == 1 else 's were'} not read."


def _led_to(used: set[str]) -> set[str]:
    """Every place that something used lies in."""
    found: set[str] = set()
    for path in used:
        outer = path
        while (cut := max(outer.rfind("."), outer.rfind("["))) > 0:
            outer = outer[:cut]
            if outer in found:
                break
            found.add(outer)
    return found
