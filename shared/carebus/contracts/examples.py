"""Examples of events, the same every time: a plain one of any type, and one of a sample run of the services."""

import datetime as dt
import json
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid5

from annotated_types import Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

SAMPLE = Path(__file__).with_name("sample.json")
"""What the services told in a sample run, `python -m docs.sample_run`; nobody in it is real."""
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def sampled(kind: type[Any]) -> dict[str, Any] | None:
    """An event of this type as a record: topic, key, headers and body; None for types of other teams."""
    found: dict[str, Any] | None = _sample().get(kind.__name__)
    return found if found and found["headers"]["ce_type"] == kind.type_name() else None


@cache
def _sample() -> dict[str, Any]:
    return dict(json.loads(SAMPLE.read_text())) if SAMPLE.exists() else {}


def example(kind: type[Any], path: str = "") -> Any:
    """One instance with every field filled, the same every time."""
    where = path or kind.__name__
    return kind(
        **{
            name: _within(_example(field.annotation, f"{where}.{name}", kind), field)
            for name, field in kind.model_fields.items()
        }
    )


def _within(value: Any, field: FieldInfo) -> Any:
    """The value, or the highest that the field takes where that is lower."""
    return min([value, *(limit.le for limit in field.metadata if isinstance(limit, Le))])


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
