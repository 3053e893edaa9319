"""The page of every error that a person or a program may be told."""

from __future__ import annotations

from inspect import cleandoc

from carebus.errors import CarebusError
from docs.generated.everything import modules
from docs.generated.markdown import code, table

INTRO = """# Errors

The JSON API answers a refusal with `application/problem+json`: `status` and a stable `code` for programs, one
sentence for people. The same code is the reason of a parked event that the domain refused. Words in braces are filled
in; they name fields, types and limits, never a patient's data.
"""


def page() -> str:
    """The page."""
    modules()
    found = sorted(_below(CarebusError), key=lambda kind: (kind.__module__, kind.__name__))
    head = ("Code", "HTTP status", "Message")
    homes = sorted({_home(kind) for kind in found})
    return "\n".join([INTRO, *(f"## {home}\n\n{table(head, _rows(found, home))}" for home in homes)])


def _rows(found: list[type[CarebusError]], home: str) -> list[tuple[str, str, str]]:
    rows = {(code(kind.code), str(kind.status), _sentence(kind)) for kind in found if _home(kind) == home}
    return sorted(rows)


def _below(kind: type[CarebusError]) -> list[type[CarebusError]]:
    here = [below for below in kind.__subclasses__() if below.__module__.startswith(("carebus.", "services."))]
    return [found for below in here for found in (below, *_below(below))]


def _home(kind: type[CarebusError]) -> str:
    package, name = kind.__module__.split(".")[:2]
    return "The kit" if package == "carebus" else name


def _sentence(kind: type[CarebusError]) -> str:
    return cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
