"""The page of every setting: the kit's, and what single services add."""

from __future__ import annotations

from enum import Enum
from inspect import cleandoc
from typing import get_args

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from carebus.settings import ProcessRole, Settings
from docs.generated.everything import modules
from docs.generated.markdown import code, table
from docs.generated.types import PLAIN, limits_of, type_of

INTRO = """# Settings

A service is told everything by environment variables. With `CAREBUS_SECRETS_DIR` set, a setting may also be a file of
its name in that folder; the environment comes first. What `make run` is told is in [running a local
stack](../operating.md#a-local-run).

## Every service
"""


def page() -> str:
    """The page."""
    modules()
    parts = [INTRO, _table(Settings, set()), _roles()]
    found = sorted(_below(Settings), key=lambda kind: kind.__module__)
    parts += [_own(kind) for kind in found if kind.__module__.startswith("services.")]
    return "\n".join(part for part in parts if part)


def _below(kind: type[Settings]) -> list[type[Settings]]:
    return [found for below in kind.__subclasses__() for found in (below, *_below(below))]


def _own(kind: type[Settings]) -> str:
    own = _table(kind, set(Settings.model_fields))
    parts = "".join(map(_part, _parts(kind)))
    return own and f"## {kind.__module__.split('.')[1]} alone\n\n{cleandoc(kind.__doc__ or '')}\n\n{own}{parts}"


def _parts(kind: type[Settings]) -> list[type[BaseModel]]:
    """What the lists of a service's settings are made of."""
    inner = [part for field in kind.model_fields.values() for part in get_args(field.annotation)]
    return [part for part in inner if isinstance(part, type) and issubclass(part, BaseModel)]


def _part(kind: type[BaseModel]) -> str:
    rows = [(code(name), _default(field)) for name, field in kind.model_fields.items()]
    return f"\n### {kind.__name__}\n\n{cleandoc(kind.__doc__ or '')}\n\n{table(('Field', 'Default'), rows)}"


def _roles() -> str:
    return "`CAREBUS_ROLE` is one of " + ", ".join(code(role.value) for role in ProcessRole) + ".\n"


def _table(kind: type[Settings], known: set[str]) -> str:
    own = {name: field for name, field in kind.model_fields.items() if name not in known}
    if not own:
        return ""
    rows = [
        (code(_variable(name, field)), _type(field), _default(field), field.description or "")
        for name, field in own.items()
    ]
    return table(("Variable", "Type", "Default", "Meaning"), rows)


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return str(alias) if alias else f"{Settings.model_config['env_prefix']}{name.upper()}"


def _type(field: FieldInfo) -> str:
    annotation = field.annotation
    words = "text" if isinstance(annotation, type) and issubclass(annotation, Enum) else None
    words = words or (PLAIN.get(annotation) or type_of(annotation))
    return " ".join([words, limits_of(field)]).strip()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    return "none" if value in (None, "", ()) else code(value)
