"""Tells what a newer release of the contracts breaks: for itself, reading old events, and for readers still older.

The log is kept for ever and releases are deployed one service at a time, so both directions matter:

* `Harm.OLD_EVENTS`: the new release could not read (or would misread) an event that is already in the log. Never
  allowed: make a new event type instead.
* `Harm.OLD_READERS`: a reader of the older release could not read a new event, and would park it. A new member of an
  enumeration is of this kind: readers decode it into a closed set. Allowed only when it is written down as accepted,
  which says that every reader must be upgraded before the first writer.

New event types and new optional fields harm nobody. Pure: compares JSON Schemas as
`carebus.observing.schemas` makes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_FORM = ("pattern", "multipleOf", "const", "uniqueItems")


class Harm(StrEnum):
    """Whom a change harms."""

    OLD_EVENTS = "old events"
    OLD_READERS = "old readers"


WHOM = {
    Harm.OLD_EVENTS: "events of {release} could not be read, or would mean something else",
    Harm.OLD_READERS: "readers of {release} could not read it, and would park it",
}
LOSES = {
    "field removed or renamed": "readers of {release} lose it",
    "event removed or renamed": "readers of {release} wait for it for ever, and nobody reads the old ones",
    "another topic": "readers of {release} do not read there, and its order with other events is lost",
    "another key": "it leaves the order of its subject, and readers of {release} look for it there",
    "another publisher": "sequences begin again, and readers of {release} take its events for another service's",
    "another type": "readers of {release} skip it, and nobody reads the old ones",
    "refuses fields that it does not know": "an event of a later release, with one field more, could not be read",
    "no longer marked as protected": "what readers of {release} hide would be shown",
    "now marked as protected": "readers of {release} do not hide it",
    "another mark of protected data": "what readers of {release} hide or publish is no longer what it says",
}
"""What a change costs, where it can be said more exactly than by the kind of harm."""
INSTEAD = {
    Harm.OLD_EVENTS: "make a new event, and tell it beside this one (docs/how-to/add-an-event.md)",
    Harm.OLD_READERS: "make a new event; or say why it is accepted in tests/contracts/released/accepted.json, and"
    " upgrade every reader first",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One change that harms somebody. `what` and `where` together stay the same as long as the change does."""

    where: str
    what: str
    harm: Harm

    def told(self, release: str) -> str:
        """What breaks, for whom since this release, and what to do instead."""
        whom = LOSES.get(self.what, WHOM[self.harm]).format(release=release)
        return f"{self.where}: {self.what}; {whom}; {INSTEAD[self.harm]}"


def compare(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[Finding]:
    """What changed harmfully between two releases, each given as event name -> JSON Schema."""
    found: list[Finding] = []
    for name, schema in old.items():
        if name not in new:
            found.append(Finding(name, "event removed or renamed", Harm.OLD_EVENTS))
        else:
            found += _object(name, _Node(schema, schema), _Node(new[name], new[name]))
            found += _marks(name, schema, new[name])
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of a schema, and the whole that its references point into."""

    part: Schema
    whole: Schema

    def at(self, part: Schema) -> "_Node":
        """Another part of the same whole, its reference followed."""
        reference = part.get("$ref")
        if reference is None:
            return _Node(part, self.whole)
        target: Any = self.whole
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        return _Node({**target, **{k: v for k, v in part.items() if k != "$ref"}}, self.whole)

    def alternatives(self) -> dict[str, "_Node"]:
        """What a value may be, by a name of its kind; `null` is one of them."""
        if "anyOf" in self.part:
            inner = (self.at(part) for part in self.part["anyOf"])
            return {kind: node for one in inner for kind, node in one.alternatives().items()}
        if isinstance(self.part.get("type"), list):
            each = [_Node({**self.part, "type": one}, self.whole) for one in self.part["type"]]
            return {node.kind: node for node in each}
        return {self.kind: self}

    @property
    def kind(self) -> str:
        """The type and format that a value has here."""
        made = str(self.part.get("type", "anything"))
        return f"{made} ({self.part['format']})" if "format" in self.part else made


def _marks(name: str, old: Schema, new: Schema) -> Iterator[Finding]:
    before, after = old.get("x-phi", {}), new.get("x-phi", {})
    for path in sorted(before):
        if path not in after:
            yield Finding(f"{name}.{path}", "no longer marked as protected", Harm.OLD_EVENTS)
        elif before[path] != after[path]:
            yield Finding(f"{name}.{path}", "another mark of protected data", Harm.OLD_EVENTS)
    for path in sorted(after.keys() - before.keys()):
        if _has(old, path):
            yield Finding(f"{name}.{path}", "now marked as protected", Harm.OLD_READERS)


def _has(schema: Schema, path: str) -> bool:
    """Whether there was a field of this dotted path."""
    node = _Node(schema, schema)
    for name in path.split("."):
        parts = [one for one in node.alternatives().values() if name in _inside(one).part.get("properties", {})]
        if not parts:
            return False
        inner = _inside(parts[0])
        node = inner.at(inner.part["properties"][name])
    return True


def _inside(node: _Node) -> _Node:
    """What a list holds, or the thing itself."""
    return node.at(node.part["items"]) if "items" in node.part else node


def _object(where: str, old: _Node, new: _Node) -> Iterator[Finding]:
    before, after = old.part.get("properties", {}), new.part.get("properties", {})
    needed_before, needed_after = set(old.part.get("required", ())), set(new.part.get("required", ()))
    for field in before:
        if field not in after:
            yield Finding(f"{where}.{field}", "field removed or renamed", Harm.OLD_EVENTS)
        else:
            if field not in needed_before | needed_after and not _still_said(
                _default(before[field]), _default(after[field])
            ):
                yield Finding(f"{where}.{field}", "another default", Harm.OLD_EVENTS)
            yield from _value(f"{where}.{field}", old.at(before[field]), new.at(after[field]))
    if new.part.get("additionalProperties") is False and old.part.get("additionalProperties") is not False:
        yield Finding(where, "refuses fields that it does not know", Harm.OLD_EVENTS)
    for field in sorted(needed_after - needed_before):
        what = "field became required" if field in before else "new required field"
        yield Finding(f"{where}.{field}", what, Harm.OLD_EVENTS)
    for field in sorted((needed_before - needed_after) & after.keys()):
        yield Finding(f"{where}.{field}", "field is no longer required", Harm.OLD_READERS)


def _default(part: Schema) -> Any:
    """What a field is when it is left out; an empty list is not said in what is published (see `schemas`)."""
    return part.get("default", part.get("x-default"))


def _still_said(then: Any, now: Any) -> bool:
    """Whether a default says all that it said: that of a part grows with the part's optional fields."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return all(name in now and _still_said(then[name], now[name]) for name in then)
    return bool(then == now)


def _value(where: str, old: _Node, new: _Node) -> Iterator[Finding]:
    before, after = old.alternatives(), new.alternatives()
    for kind in sorted(before.keys() - after.keys()):
        yield Finding(where, f"may no longer be {kind}", Harm.OLD_EVENTS)
    for kind in sorted(after.keys() - before.keys()):
        yield Finding(where, f"may now be {kind}", Harm.OLD_READERS)
    for kind in sorted(before.keys() & after.keys()):
        yield from _same_kind(where, before[kind], after[kind])


def _same_kind(where: str, old: _Node, new: _Node) -> Iterator[Finding]:
    yield from _members(where, old.part.get("enum"), new.part.get("enum"))
    yield from _limits(where, old.part, new.part)
    if old.part.get("type") == "object":
        yield from _object(where, old, new)
        for inner in ("additionalProperties",):
            if isinstance(old.part.get(inner), Mapping) and isinstance(new.part.get(inner), Mapping):
                yield from _value(f"{where}{{}}", old.at(old.part[inner]), new.at(new.part[inner]))
    elif "items" in old.part and "items" in new.part:
        yield from _value(f"{where}[]", old.at(old.part["items"]), new.at(new.part["items"]))


def _members(where: str, old: list[str] | None, new: list[str] | None) -> Iterator[Finding]:
    if old == new:
        return
    if new is not None:
        for member in sorted(set(old) - set(new)) if old is not None else ["any other value"]:
            yield Finding(where, f"may no longer be {member}", Harm.OLD_EVENTS)
    if old is not None:
        for member in sorted(set(new) - set(old)) if new is not None else ["any other value"]:
            yield Finding(where, f"may now be {member}", Harm.OLD_READERS)


def _limits(where: str, old: Schema, new: Schema) -> Iterator[Finding]:
    for limit, sign in [(name, 1) for name in _LOWER] + [(name, -1) for name in _UPPER]:
        before, after = old.get(limit), new.get(limit)
        if before == after:
            continue
        if before is None or (after is not None and sign * (after - before) > 0):
            yield Finding(where, f"{limit} is stricter", Harm.OLD_EVENTS)
        else:
            yield Finding(where, f"{limit} is wider", Harm.OLD_READERS)
    for form in _FORM:
        if old.get(form) != new.get(form):
            yield Finding(where, f"{form} changed", Harm.OLD_EVENTS)
