"""The releases before and after the present one, as far as contracts go: each event with less, or with more.

The one before lacks every field that may be left out, at every depth, and some types; the one after has a further field
in every part, and types of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, create_model

from carebus.contracts import Event, PatientEvent, RosterEvent, Value
from tests.contracts.events import KINDS

Release = dict[str, type[Event]]
"""The event types of a release, by the value of `ce_type`."""


class Added(Value):
    """A part that only the later release knows."""

    words: str
    numbers: tuple[int, ...] = ()


class PatientMoved(PatientEvent):
    """A type that only the later release knows."""

    added: Added


class ClinicianMoved(RosterEvent):
    """Another one, of another subject."""

    added: Added | None = None


@cache
def earlier(kind: type[Any]) -> type[Any]:
    """The model as it was before any field that may be left out was added."""
    fields = {
        name: (_rebuilt(field.annotation, earlier, field.metadata), ...)
        for name, field in kind.model_fields.items()
        if field.is_required()
    }
    return _model(kind, fields)


@cache
def later(kind: type[Any]) -> type[Any]:
    """The model with one field more."""
    fields = {
        name: (
            _rebuilt(field.annotation, later, field.metadata),
            ... if field.is_required() else _as_later(field.default),
        )
        for name, field in kind.model_fields.items()
    }
    return _model(kind, {**fields, "added": (Added | None, None)})


def _as_later(default: Any) -> Any:
    return later(type(default))() if isinstance(default, BaseModel) else default


def _model(kind: type[Any], fields: dict[str, Any]) -> type[Any]:
    plain = next(model for model in kind.__mro__ if issubclass(model, BaseModel) and not model.model_fields)
    made: type[Any] = create_model(kind.__name__, __base__=plain, __doc__=kind.__doc__, **fields)
    return made


def _rebuilt(annotation: Any, part: Callable[[Any], Any], limits: Any = ()) -> Any:
    """The same type, with every model in it replaced by what `part` makes of it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    made = annotation
    if origin is Annotated:
        made = Annotated[(_rebuilt(inner[0], part), *inner[1:])]
    elif origin in {Union, UnionType}:
        made = Union[tuple(_rebuilt(one, part) for one in inner)]  # noqa: UP007  # as many as there are
    elif origin is tuple:
        made = tuple.__class_getitem__((_rebuilt(inner[0], part), ...))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        made = part(annotation)
    return Annotated[(made, *limits)] if limits else made


def _release(kinds: list[type[Any]]) -> Release:
    return {kind.type_name(): kind for kind in kinds}


RELEASES: dict[str, Release] = {
    "the one before": _release([earlier(kind) for n, kind in enumerate(KINDS) if n % 4]),
    "this one": _release(list(KINDS)),
    "the one after": _release([*map(later, KINDS), PatientMoved, ClinicianMoved]),
}
