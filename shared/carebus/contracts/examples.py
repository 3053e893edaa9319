"""One plain example of any event, the same every time: for frozen releases, for `carebus emit`, and to look at."""

import datetime as dt
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def example(kind: type[Any], path: str = "") -> Any:
    """One instance with every field filled, the same every time."""
    where = path or kind.__name__
    return kind(
        **{name: _example(field.annotation, f"{where}.{name}", kind) for name, field in kind.model_fields.items()}
    )


def _example(annotation: Any, path: str, owner: type[BaseModel]) -> Any:
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        return _example(get_args(annotation)[0], path, owner)
    if get_origin(annotation) is tuple:
        return (_example(get_args(annotation)[0], path, owner),)
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    if issubclass(annotation, BaseModel):
        return example(annotation, path)
    return {
        UUID: uuid5(UUID(int=7), path),
        str: f"a {path.rpartition('.')[2]}",
        int: 10,
        bool: True,
        float: 2.5,
        dt.datetime: NOON,
        dt.date: NOON.date(),
    }[annotation]
