"""Makes an example of any event, so that a test need only name the fields that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

MOMENT = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


def example(kind: type[M], **given: object) -> M:
    """An event (or a part of one) with the `given` fields; what else it requires is made up, always the same."""
    made = {
        name: _made(field.annotation, f"{kind.__name__}.{name}")
        for name, field in kind.model_fields.items()
        if field.is_required() and name not in given
    }
    return kind.model_validate({**made, **given})


_PLAIN: Mapping[Any, Any] = {int: 1, float: 1.0, bool: True, datetime: MOMENT, date: MOMENT.date()}


def _made(annotation: Any, path: str) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _made(inner[0], path)
    if origin in (Union, UnionType):
        return None if type(None) in inner else _made(inner[0], path)
    if origin in (tuple, list):
        return [_made(inner[0], path)]
    return _PLAIN[annotation] if annotation in _PLAIN else _named(annotation, path)


def _named(annotation: Any, path: str) -> Any:
    if annotation is str:
        return path.rpartition(".")[2].replace("_", " ").capitalize()
    if annotation is UUID:
        return uuid5(UUID(int=0), path)
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    assert issubclass(annotation, BaseModel), f"{path}: no example of {annotation}"
    return example(annotation)
