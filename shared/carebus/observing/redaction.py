"""Keeping protected health information out of logs, from the one declaration on the contracts."""

from collections.abc import Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts import PHI_NAMES, phi_paths

HIDDEN = "[phi]"
_OWN_KEYS = frozenset({"event", "level", "time", "service", "logger"})
_PLAIN = (str, int, float, date, time, timedelta, UUID, PurePath)


def redact(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hides every value under a protected name, at any depth, and the inside of every object."""
    for key, value in entry.items():
        if key not in _OWN_KEYS and not key.startswith("_"):
            entry[key] = HIDDEN if key in PHI_NAMES else _safe(value)
    return entry


def shown(part: BaseModel) -> dict[str, Any]:
    """An event (or a part of one) as JSON values, with every protected field hidden at any depth."""
    marked = phi_paths(type(part))
    known = {name: getattr(part, name) for name in type(part).model_fields}  # a later release's may be protected
    return {name: HIDDEN if name in marked and value is not None else _shown(value) for name, value in known.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return shown(value)
    if isinstance(value, Mapping):
        return {str(key): _shown(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | AbstractSet):
        return [_shown(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _safe(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_label(key): HIDDEN if key in PHI_NAMES else _safe(inner) for key, inner in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return HIDDEN
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str):
        return [_safe(inner) for inner in value]
    return value if value is None or isinstance(value, _PLAIN) else _label(value)


def _label(value: Any) -> str:
    """What stands for anything else: its type, since a text form may show all that an object holds."""
    if isinstance(value, str | int):
        return str(value)
    return value.__name__ if isinstance(value, type) else type(value).__name__
