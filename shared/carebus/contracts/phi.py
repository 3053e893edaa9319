"""The mark that says which field of an event is protected health information, and what can be read from it.

A field is marked once, where the event is declared::

    family_name: Annotated[str, Phi.NAME]

Logs, traces, error texts and the de-identified stream are all made safe from that one mark. The kinds follow the
identifiers of the HIPAA Safe Harbor method, 45 CFR 164.514(b)(2)(i)(A)-(R).
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel


class Phi(StrEnum):
    """Why a field identifies a person; the letter is Safe Harbor's."""

    NAME = "name"  # (A)
    PLACE = "place"  # (B) anything smaller than a state
    DATE = "date"  # (C) every element of a date but the year
    PHONE = "phone"  # (D), (E)
    EMAIL = "email"  # (F)
    NUMBER = "number"  # (G) to (L) and (O): SSN, MRN, member and account numbers, network addresses
    TEXT = "text"  # free text, which may hold any of them


def phi_kind(annotations: tuple[Any, ...]) -> Phi | None:
    """The mark among a field's annotations, if it has one."""
    return next((mark for mark in annotations if isinstance(mark, Phi)), None)


@cache
def phi_paths(model: type[BaseModel]) -> dict[str, Phi]:
    """Every marked field of a model and of the models inside it: dotted path -> kind."""
    return dict(_marked(model, "", ()))


def phi_names(models: tuple[type[BaseModel], ...]) -> frozenset[str]:
    """The bare names of all marked fields of these models, for redacting by key."""
    return frozenset(path.rsplit(".", 1)[-1] for model in models for path in phi_paths(model))


def _marked(model: type[BaseModel], prefix: str, above: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, Phi]]:
    for name, field in model.model_fields.items():
        kind = phi_kind(tuple(field.metadata)) or _kind_inside(field.annotation)
        if kind is not None:
            yield prefix + name, kind
        for inner in _models_in(field.annotation):
            if inner not in above:
                yield from _marked(inner, f"{prefix}{name}.", (*above, model))


def _kind_inside(annotation: Any) -> Phi | None:
    if get_origin(annotation) is Annotated:
        return phi_kind(get_args(annotation)[1:]) or _kind_inside(get_args(annotation)[0])
    return next((kind for part in get_args(annotation) if (kind := _kind_inside(part))), None)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
