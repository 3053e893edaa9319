"""Bytes to JSON: one object says each thing once, nothing holds a NUL, and nothing nests too deep."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson

from carebus.web.fhir.refusing import Issue, NotReadable

DEEPEST = 50
_NUL = "\0"
_WRITTEN_NUL = b"\\u0000"


def parsed(raw: bytes) -> Any:
    """What these bytes say. Raises NotReadable."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _refused("Send valid JSON in UTF-8.") from None
    if _is_deeper(body, DEEPEST):
        raise _refused(f"Nest at most {DEEPEST} levels deep.")
    _refuse_twice(raw)
    if _WRITTEN_NUL in raw:
        _refuse_nul(body)
    return body


def places(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in this one with its FHIRPath, itself first; walked, not recursed into."""
    waiting = [(path, value)]
    while waiting:
        at, one = waiting.pop()
        yield at, one
        waiting.extend(reversed([*inside(one, at)]))


def inside(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The elements of an object, or the repetitions of a list, each with its FHIRPath."""
    if isinstance(value, dict):
        yield from ((f"{path}.{name}", each) for name, each in value.items())
    elif isinstance(value, list):
        yield from ((f"{path}[{n}]", each) for n, each in enumerate(value))


class _Twice(dict[str, Any]):
    """An object that says one thing twice; `name` is the first such."""

    name = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = _Twice(found)
    twice.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return twice


def _refuse_twice(raw: bytes) -> None:
    """Most readers take the last one and forget the first; which of two birth dates is meant, nobody knows."""
    try:
        body = json.loads(raw, object_pairs_hook=_object, parse_int=float, parse_constant=float)
    except (RecursionError, ValueError):  # deeper, or more digits, than what one of two said alike has shown
        raise _refused(f"Nest at most {DEEPEST} levels deep.") from None
    for path, value in places(body, "Bundle"):
        if isinstance(value, _Twice):
            where = f"{path}.{value.name}" if value.name.isidentifier() else path
            raise _refused("Say each element once: this object has one of its names twice.", where)


def _refuse_nul(body: Any) -> None:
    issues = [
        Issue("value", "Leave out the character NUL.", path)
        for path, value in places(body, "Bundle")
        if (isinstance(value, str) and _NUL in value) or (isinstance(value, dict) and any(_NUL in key for key in value))
    ]
    if issues:
        raise NotReadable(issues[:1])


def _is_deeper(body: Any, most: int) -> bool:
    level = [body]
    for _ in range(most):
        level = [inner for one in level for _, inner in inside(one, "")]
        if not level:
            return False
    return True


def _refused(rule: str, where: str = "Bundle") -> NotReadable:
    return NotReadable.because("structure", rule, where, HTTPStatus.BAD_REQUEST)
