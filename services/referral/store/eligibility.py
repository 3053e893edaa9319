"""Reads the rule sets that the service brings, and those that an operator adds in a folder of their own."""

import json
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from carebus.errors import BrokenRule, CarebusError
from services.referral.domain.eligibility import RuleBook, RuleSet

OWN = Path(__file__).parents[1] / "rulesets"


class RulesetBroken(CarebusError):
    """The rule set {file} can't be used. {why}"""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def rule_book(added: Path | None = None) -> RuleBook:
    """Every rule set there is, read once. Raises RulesetBroken."""
    files = [file for folder in (OWN, added) if folder for file in _files(folder)]
    sets = [read(file) for file in files]
    try:
        return RuleBook.of(sets)
    except BrokenRule as why:
        raise RulesetBroken(file=f"among {', '.join(file.name for file in files)}", why=_sentence(str(why))) from None


def read(file: Path) -> RuleSet:
    """The rule set in this file. Raises RulesetBroken, which says where and what is wrong."""
    text: Any = None
    try:
        text = yaml.safe_load(file.read_text(encoding="utf-8"))
        found = RuleSet.model_validate_json(json.dumps(text, default=str))
    except (OSError, UnicodeDecodeError):
        raise RulesetBroken(file=file.name, why="It can't be read as text.") from None
    except yaml.YAMLError as why:
        raise RulesetBroken(file=file.name, why=f"It is not YAML{_line(why)}.") from None
    except ValidationError as why:
        raise RulesetBroken(file=file.name, why=" ".join(_places(why, text))) from None
    if file.stem != f"{found.id}-{found.version}":
        raise RulesetBroken(file=file.name, why=f"Its name is to be {found.id}-{found.version}{file.suffix}.")
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RulesetBroken(file=str(folder), why="There is no such folder.")
    return sorted(file for file in folder.iterdir() if file.suffix in {".yaml", ".yml", ".json"})


def _line(why: yaml.YAMLError) -> str:
    mark = getattr(why, "problem_mark", None)
    return f", see line {mark.line + 1}" if mark else ""


def _places(why: ValidationError, text: Any) -> Iterator[str]:
    """One sentence for each thing that is wrong; a criterion is named by its id, as nobody counts them."""
    errors = why.errors(include_url=False, include_input=False)
    for error in errors:
        at = error["loc"]
        if any(other["loc"][: len(at)] == at and other["loc"] != at for other in errors):
            continue  # only says that what is wrong inside was left out
        reason = (error.get("ctx") or {}).get("error") or error["msg"]
        place, sentence = _place(at, text), _sentence(str(reason))
        yield f"{place}{sentence}" if place else f"{sentence[0].upper()}{sentence[1:]}"


def _place(path: tuple[int | str, ...], text: Any) -> str:
    if path[:1] == ("criteria",) and len(path) > 1:
        try:
            path = (str(text["criteria"][path[1]]["id"]), *path[2:])
        except (LookupError, TypeError):
            path = (f"criterion {int(path[1]) + 1}", *path[2:])
    return f"At {' > '.join(str(part) for part in path)}: " if path else ""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
