"""Errors a person may be told about, whose docstring is their message, and what may be said of all others."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import ValidationError


class CarebusError(Exception):
    """It can't be done now."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "carebus_error"
    field: str | None = None
    more: Mapping[str, Any] = MappingProxyType({})
    """What programs are told beside the sentence: further members of the problem."""
    denied: bool = False
    """Whether a rule of who may do what refused it."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, *, field: str | None = None, **details: object) -> None:
        """Keep the details that the docstring's braces name; `field` names the form field to blame."""
        super().__init__()
        self.details = details
        if field is not None:
            self.field = field

    def __str__(self) -> str:
        sentence = (inspect.getdoc(type(self)) or "").split("\n\n")[0].replace("\n", " ")
        return sentence.format(**self.details)


class WrongUsage(CarebusError):
    """The command is not used as its help says."""


class BrokenRule(ValueError):
    """A field's own rule, broken: raised by validators with a fixed sentence that tells the rule and not the value."""


class InvalidBody(CarebusError):
    """The event's body is not what its contract says: {rules}."""

    status = 422


def broken_rules(exc: ValidationError) -> str:
    """Which fields break which rules, without any value; at most five."""
    errors = exc.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['type']}" for error in errors[:5])


def rule_of(exc: Exception) -> str:
    """What to say of an exception outside the database it came from: its code or type, never its text.

    The texts of foreign exceptions quote the values they are about, and those are patients' data.
    """
    if isinstance(exc, InvalidBody):
        return str(exc.details["rules"])
    if isinstance(exc, ValidationError):
        return broken_rules(exc)
    if isinstance(exc, CarebusError):
        return exc.code
    state = getattr(exc, "sqlstate", None)
    return f"{type(exc).__name__} {state}" if state else type(exc).__name__
