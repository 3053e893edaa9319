"""Reads a rule set from its file; what is wrong with one is said in sentences that name the place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from carebus.errors import BrokenRule
from carebus.reasoning.facts import Vocabulary
from carebus.reasoning.parts import Part

SUFFIXES = {".yaml", ".yml", ".json"}
R = TypeVar("R", bound=Part)


def files_in(folder: Path) -> list[Path]:
    """The rule sets of a folder, in order of their names. Raises BrokenRule."""
    if not folder.is_dir():
        raise BrokenRule("There is no such folder.")
    return sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES)


def read(file: Path, kind: type[R], vocabulary: Vocabulary | None = None) -> R:
    """What this file says; its rules use this vocabulary, if one is known. Raises BrokenRule with all that is wrong."""
    text: Any = None
    try:
        text = yaml.safe_load(file.read_text(encoding="utf-8"))
        return kind.model_validate_json(json.dumps(text, default=str), context=vocabulary)
    except (OSError, UnicodeDecodeError):
        raise BrokenRule("It can't be read as text.") from None
    except yaml.YAMLError as why:
        raise BrokenRule(f"It is not YAML{_line(why)}.") from None
    except ValidationError as why:
        raise BrokenRule(" ".join(_places(why, text))) from None


def require_name(file: Path, name: str, version: int) -> None:
    """Raise BrokenRule unless the file is named after what it holds."""
    if file.stem != f"{name}-{version}":
        raise BrokenRule(f"Its name is to be {name}-{version}{file.suffix}.")


def sentence(text: str) -> str:
    """A text with its full stop."""
    return text if text.endswith(".") else f"{text}."


def _line(why: yaml.YAMLError) -> str:
    mark = getattr(why, "problem_mark", None)
    return f", see line {mark.line + 1}" if mark else ""


def _places(why: ValidationError, text: Any) -> Iterator[str]:
    """One sentence for each thing that is wrong."""
    errors = why.errors(include_url=False, include_input=False)
    for error in errors:
        at = error["loc"]
        if any(other["loc"][: len(at)] == at and other["loc"] != at for other in errors):
            continue  # only says that what is wrong inside was left out
        reason = (error.get("ctx") or {}).get("error") or error["msg"]
        place, said = _place(at, text), sentence(str(reason))
        yield f"{place}{said}" if place else f"{said[0].upper()}{said[1:]}"


def _place(path: tuple[int | str, ...], text: Any) -> str:
    """Where it is; what stands in a list is named by its id, as nobody counts."""
    if len(path) > 1 and isinstance(nth := path[1], int):
        try:
            path = (str(text[path[0]][nth]["id"]), *path[2:])
        except (LookupError, TypeError):
            path = (f"{path[0]} {nth + 1}", *path[2:])
    return f"At {' > '.join(str(part) for part in path)}: " if path else ""
