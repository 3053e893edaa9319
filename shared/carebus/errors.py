"""The root of every error a person may be told about: its docstring is its message."""

from __future__ import annotations

import inspect
import re
from typing import ClassVar


class CarebusError(Exception):
    """It can't be done now."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "carebus_error"
    field: str | None = None

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


class BrokenRule(ValueError):
    """A field's own rule, broken: raised by validators with a fixed sentence that tells the rule and not the value."""
