"""Keeping protected health information out of logs, from the one declaration on the contracts."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from pydantic import BaseModel

from carebus.contracts import PHI_NAMES

HIDDEN = "[phi]"
_OWN_KEYS = frozenset({"event", "level", "time", "service", "logger"})


def redact(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hides every value under a protected name, at any depth, and the inside of every model."""
    for key, value in entry.items():
        if key not in _OWN_KEYS and not key.startswith("_"):
            entry[key] = HIDDEN if key in PHI_NAMES else _safe(value)
    return entry


def _safe(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return type(value).__name__
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in PHI_NAMES else _safe(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_safe(inner) for inner in value]
    return HIDDEN if isinstance(value, bytes) else value
