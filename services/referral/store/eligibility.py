"""Reads the rule sets that the service brings, and those that an operator adds in a folder of their own."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

from carebus.errors import BrokenRule, CarebusError
from carebus.reasoning import files
from services.referral.domain.eligibility import RuleBook, RuleSet
from services.referral.domain.eligibility.facts import FACTS

OWN = Path(__file__).parents[1] / "rulesets"


class RulesetBroken(CarebusError):
    """The rule set {file} can't be used. {why}"""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def rule_book(added: Path | None = None) -> RuleBook:
    """Every rule set there is, read once. Raises RulesetBroken."""
    found = [file for folder in (OWN, added) if folder for file in _files(folder)]
    sets = [read(file) for file in found]
    try:
        return RuleBook.of(sets)
    except BrokenRule as why:
        named = f"among {', '.join(file.name for file in found)}"
        raise RulesetBroken(file=named, why=files.sentence(str(why))) from None


def read(file: Path) -> RuleSet:
    """The rule set in this file. Raises RulesetBroken, which says where and what is wrong."""
    try:
        found = files.read(file, RuleSet, FACTS)
        files.require_name(file, found.id, found.version)
    except BrokenRule as why:
        raise RulesetBroken(file=file.name, why=str(why)) from None
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return files.files_in(folder)
    except BrokenRule as why:
        raise RulesetBroken(file=str(folder), why=str(why)) from None
