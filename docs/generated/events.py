"""The page of every event: who tells it, its fields, and which of them are protected health information."""

from __future__ import annotations

from enum import Enum
from inspect import cleandoc

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from carebus.contracts import EVENTS, PACKAGES, PUBLISHED_BY, Event, phi_paths
from docs.generated.markdown import code, table
from docs.generated.types import limits_of, named_in, type_of

INTRO = """# Events

Everything the services tell each other, and all that a subscriber needs to know. An event is JSON in the record's
value; its [envelope](envelope.md) is in the record's headers. A field marked in the last column is protected health
information, of the kind named there; the marks are declared on the models in `carebus.contracts` and nowhere else.
Who hears each event, since when it is there, and an example of it are on the page of [all events](events.html), which
a local run serves too.

Contracts only grow: a later release may add events and optional fields, and never removes or changes one. Skip types
and fields that you do not know.

It covers the contracts packages that were installed when it was written: {packages}.
"""


def page() -> str:
    """The page."""
    parts = [INTRO.format(packages=", ".join(package.name for package in PACKAGES)), _overview()]
    for service, kinds in PUBLISHED_BY.items():
        parts.append(f"## Told by {service}\n")
        parts += [_event(kind) for kind in kinds]
    parts.append("## Parts of events\n")
    parts += [_part(kind) for kind in _named()]
    return "\n".join(parts)


def _overview() -> str:
    rows = [
        (f"[{kind.__name__}](#{kind.__name__.lower()})", service, code(kind.SUBJECT.topic), _sentence(kind))
        for service, kinds in PUBLISHED_BY.items()
        for kind in kinds
    ]
    return table(("Event", "Told by", "Topic", "Meaning"), rows)


def _event(kind: type[Event]) -> str:
    head = f"### {kind.__name__}\n\n{cleandoc(kind.__doc__ or '')}\n\n`ce_type` is `{kind.type_name()}`.\n\n"
    return head + _fields(kind)


def _part(kind: type[BaseModel | Enum]) -> str:
    head = f"### {kind.__name__}\n\n{cleandoc(kind.__doc__ or '')}\n\n"
    if issubclass(kind, Enum):
        return head + "One of " + ", ".join(code(member.value) for member in kind) + ".\n"
    return head + _fields(kind)


def _fields(model: type[BaseModel]) -> str:
    marks = phi_paths(model)
    rows = [
        (code(name), type_of(field.annotation), limits_of(field), _default(field), marks.get(name, ""))
        for name, field in model.model_fields.items()
    ]
    return table(("Field", "Type", "Limits", "If absent", "PHI"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None:
        return "unknown"
    if isinstance(field.default, BaseModel):
        return "an empty one"
    return code(field.default.value if isinstance(field.default, Enum) else field.default) or "empty"


def _named() -> list[type[BaseModel | Enum]]:
    """Every model and enum inside events, each once, by name."""
    found: dict[str, type[BaseModel | Enum]] = {}
    todo: list[type[BaseModel]] = list(EVENTS.values())
    while todo:
        for field in todo.pop().model_fields.values():
            for kind in named_in(field.annotation):
                if found.setdefault(kind.__name__, kind) is kind and issubclass(kind, BaseModel) and kind not in todo:
                    todo.append(kind)
    return [found[name] for name in sorted(found)]


def _sentence(kind: type[Event]) -> str:
    return cleandoc(kind.__doc__ or "").split("\n\n")[0]
