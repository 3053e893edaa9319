"""Reads what a cell of a plan's list says: dates, yes and no, codes, as people and spreadsheets write them."""

import re
from datetime import date, datetime

from carebus.contracts.people import PayerKind
from carebus.errors import BrokenRule
from carebus.reasoning.codes import ICD_10_CM, SNOMED_CT
from services.referral.domain.referring.conditions import ICD_SHAPE, SNOMED_CODES, SNOMED_SHAPE
from services.referral.domain.referring.requests import WithdrawalReason

_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%Y%m%d", "%Y/%m/%d")
_YES, _NO = {"yes", "y", "true", "t", "1"}, {"no", "n", "false", "f", "0"}
_UNKNOWN = {"unknown", "u", "unk", "n/a", "na", "none", "null", "-"}
_SEXES = {"f": "female", "female": "female", "m": "male", "male": "male", "o": "other", "x": "other", "other": "other"}
_URGENT, _ROUTINE = {"urgent", "u", "high", "stat", "asap", "1"}, {"routine", "r", "normal", "low", "standard", "2"}
_PAYERS = {
    "medicare": PayerKind.MEDICARE,
    "medicareadvantage": PayerKind.MEDICARE,
    "ma": PayerKind.MEDICARE,
    "medicaid": PayerKind.MEDICAID,
    "medical": PayerKind.MEDICAID,
    "dual": PayerKind.DUAL,
    "dsnp": PayerKind.DUAL,
    "commercial": PayerKind.COMMERCIAL,
    "exchange": PayerKind.COMMERCIAL,
    "none": PayerKind.NONE,
    "selfpay": PayerKind.NONE,
}
_LANGUAGES = {
    "english": "en", "spanish": "es", "portuguese": "pt", "chinese": "zh", "mandarin": "zh", "cantonese": "yue",
    "haitiancreole": "ht", "vietnamese": "vi", "french": "fr", "russian": "ru", "arabic": "ar", "korean": "ko",
    "tagalog": "tl", "german": "de", "italian": "it", "polish": "pl",
}  # fmt: skip
_WITHDRAWN = {
    **dict.fromkeys(("withdrawn", "revoked", "cancelled", "canceled"), WithdrawalReason.REVOKED),
    **dict.fromkeys(("enteredinerror", "error"), WithdrawalReason.ENTERED_IN_ERROR),
}
_ROUNDED = re.compile(r"[0-9][0-9.,]*[eE][+-][0-9]+")
_WHOLE = re.compile(r"([0-9]+)\.0+")
_EXACT_DIGITS = 15
"""So many digits of a number a spreadsheet keeps; further ones it makes zeros."""
_TIMED = re.compile(r"(\S+?)[T ]+[0-9]{1,2}:[0-9]{2}.*")
_DIGITS = re.compile(r"[0-9]+")
_DAY_DIGITS = 8
ROUNDED = "A spreadsheet has rounded this number: make the column text and fill it in again."


def text(cell: str) -> str:
    """Words as they are."""
    return cell


def number(cell: str) -> str:
    """A number that is a name, such as a member's: no spreadsheet may have rounded it."""
    if _ROUNDED.fullmatch(cell):
        raise BrokenRule(ROUNDED)
    if whole := _WHOLE.fullmatch(cell):
        if len(whole[1]) > _EXACT_DIGITS:
            raise BrokenRule(ROUNDED)
        return whole[1]
    return cell


def day(cell: str) -> date:
    """A date in one of the common forms; the year has four digits."""
    said = timed[1] if (timed := _TIMED.fullmatch(cell)) else cell
    if _DIGITS.fullmatch(said) and len(said) != _DAY_DIGITS:
        raise BrokenRule("Give a whole date such as 1941-05-06 or 5/6/1941; digits alone must be eight, as 19410506.")
    for form in _FORMS:
        try:
            return datetime.strptime(said, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise BrokenRule("Give a date such as 1941-05-06 or 5/6/1941.")


def withdrawn(cell: str) -> WithdrawalReason | None:
    """Why a row takes its referral back, if it does; every other state is not ours to read."""
    return _WITHDRAWN.get(_plain(cell))


def yes_or_no(cell: str) -> bool | None:
    """Yes, no, or not known."""
    said = cell.lower()
    if said in _YES or said in _NO:
        return said in _YES
    if said in _UNKNOWN:
        return None
    raise BrokenRule("Write yes or no, or leave it empty.")


def sex(cell: str) -> str:
    """Administrative gender; not known where the cell says so."""
    said = cell.lower()
    if said in _UNKNOWN:
        return "unknown"
    if said not in _SEXES:
        raise BrokenRule("Write female, male, other or unknown.")
    return _SEXES[said]


def priority(cell: str) -> str:
    """Urgent or routine."""
    said = cell.lower()
    if said not in _URGENT | _ROUTINE:
        raise BrokenRule("Write routine or urgent.")
    return "urgent" if said in _URGENT else "routine"


def payer(cell: str) -> str:
    """The line of business."""
    found = _PAYERS.get(_plain(cell))
    if found is None:
        raise BrokenRule("Write medicare, medicaid, dual, commercial or none.")
    return found.value


def language(cell: str) -> str:
    """A language by its name or its tag."""
    head, dash, rest = cell.partition("-")
    return _LANGUAGES.get(_plain(cell)) or head.lower() + dash + rest


def diagnoses(cell: str) -> list[dict[str, str]]:
    """The codes of a cell, ICD-10-CM or SNOMED CT, with commas, semicolons or blanks between them."""
    codes = list(dict.fromkeys(code for code in re.split(r"[\s,;|]+", cell) if code))
    if not all(SNOMED_SHAPE.fullmatch(code) or ICD_SHAPE.fullmatch(code) for code in codes):
        raise BrokenRule("Write codes such as I50.22 (ICD-10-CM) or 88805009 (SNOMED CT), with semicolons between.")
    return [_coded(code) for code in codes]


def _coded(code: str) -> dict[str, str]:
    if SNOMED_SHAPE.fullmatch(code):
        return {"system": SNOMED_CT, "code": code, "description": SNOMED_CODES.get(code, (None, ""))[1]}
    return {"system": ICD_10_CM, "code": code.upper()}


def _plain(cell: str) -> str:
    return re.sub(r"[^a-z]", "", cell.lower())
