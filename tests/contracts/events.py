"""Makes events of any type: by hypothesis for properties, and one plain example of each for the frozen releases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Le, MaxLen, MinLen, MultipleOf
from hypothesis import strategies as st
from pydantic import BaseModel

from carebus.contracts import EVENTS, Event
from carebus.contracts.examples import NOON, example

__all__ = ["KINDS", "NOON", "any_event", "any_of", "example", "models"]

KINDS = sorted(EVENTS.values(), key=lambda kind: kind.__name__)


def models(kind: type[BaseModel] = Event) -> list[type[BaseModel]]:
    """Every model that is part of any event, each once."""
    found: dict[type[BaseModel], None] = {}

    def walk(model: type[BaseModel]) -> None:
        if model not in found:
            found[model] = None
            for field in model.model_fields.values():
                for inner in _models_in(field.annotation):
                    walk(inner)

    for event in KINDS:
        walk(event)
    return list(found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def any_event() -> st.SearchStrategy[Event]:
    """Any event of any type."""
    return st.one_of(*(any_of(kind) for kind in KINDS))


def any_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any instance of this model, within its limits."""
    fields = {name: _any(field.annotation, tuple(field.metadata)) for name, field in kind.model_fields.items()}
    return st.builds(kind, **fields)


def _any(annotation: Any, limits: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        unpacked = [limit for extra in more for limit in (extra, *getattr(extra, "metadata", ()))]
        return _any(inner, (*limits, *unpacked))
    if get_origin(annotation) in {Union, UnionType}:
        return st.one_of(*(_any(part, limits) for part in get_args(annotation)))
    if get_origin(annotation) is tuple:
        return st.lists(_any(get_args(annotation)[0], ()), max_size=3).map(tuple)
    return _plain(annotation, limits)


def _plain(kind: Any, limits: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    of = {type(limit): limit for limit in limits}
    if kind is int:
        step = of[MultipleOf].multiple_of if MultipleOf in of else 1
        low, high = (of[Ge].ge if Ge in of else -(2**31)), (of[Le].le if Le in of else 2**31)
        return st.integers(low // step, high // step).map(lambda n: n * step)
    if kind is str:
        longest = min(of[MaxLen].max_length if MaxLen in of else 20, 20)
        return st.text(min_size=of[MinLen].min_length if MinLen in of else 0, max_size=longest)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if issubclass(kind, BaseModel):
        return any_of(kind)
    return {
        UUID: st.uuids(),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
        dt.date: st.dates(),
        type(None): st.none(),
    }[kind]
