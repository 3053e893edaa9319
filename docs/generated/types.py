"""How the types of fields are written in the generated pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

PLAIN: dict[Any, str] = {
    UUID: "UUID",
    datetime: "time",
    date: "date",
    time: "time of day",
    str: "text",
    SecretStr: "secret text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    Path: "path",
    dict: "object",
}
LIMITS = (
    (Ge, "ge", "from"),
    (Gt, "gt", "above"),
    (Le, "le", "to"),
    (Lt, "lt", "below"),
    (MultipleOf, "multiple_of", "in steps of"),
    (MinLen, "min_length", "at least"),
    (MaxLen, "max_length", "at most"),
)


def type_of(annotation: Any) -> str:
    """A type in words; models and enums link to their own section."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_of(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(type_of(part) for part in inner if part is not NoneType)
    if origin in (tuple, list):
        return f"list of {type_of(inner[0])}"
    if (plain := PLAIN.get(annotation) or PLAIN.get(origin)) is not None:
        return plain
    return f"[{annotation.__name__}](#{annotation.__name__.lower()})"


def limits_of(field: FieldInfo) -> str:
    """The bounds of a field in words, such as `from 0 to 10`."""
    found = []
    for constraint in field.metadata:
        for kind, name, words in LIMITS:
            if isinstance(constraint, kind):
                unit = " characters" if kind in (MinLen, MaxLen) else ""
                found.append(f"{words} {getattr(constraint, name)}{unit}")
    return " ".join(found)


def named_in(annotation: Any) -> Iterable[type[BaseModel | Enum]]:
    """The models and enums that a type speaks of, outermost first."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | Enum):
        yield annotation
    for part in get_args(annotation):
        yield from named_in(part)
