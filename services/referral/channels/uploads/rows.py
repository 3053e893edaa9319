"""Reads one row of a plan's list as what it states, or as the rules that it breaks, column by column."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from carebus.contracts.people import PayerKind, ReferrerKind
from carebus.contracts.referral import Channel
from carebus.errors import BrokenRule
from carebus.web.forms import errors_of
from services.referral.domain.referring.requests import MOST_DIAGNOSES, DirectReferral, Withdrawal
from services.referral.domain.referring.zones import zone_of
from services.referral.domain.uploads.cells import INVISIBLE, cleaned, says_nothing
from services.referral.domain.uploads.columns import BY_NAME, COLUMNS, NEEDED, Columns, is_in_words
from services.referral.domain.uploads.zips import zip_code

_BY_FIELD = {column.field: column.name for column in COLUMNS}
_STATUS, _REFERENCE, _MEMBER = "referral_status", "reference", "member_id"
_OF_THE_SENDING = ("channel", "batch_id", "raw_hash", "stated_at")
_ZIP, _CODES = "postal_code", "diagnosis_codes"
_CONTACT, _OF_A_NAMED_ONE = "contact_name", ("contact_relationship", "contact_consented")
"""What says nothing of a loved one whom nobody names."""
NUMBER_NEEDED = "Give your own number of the referral that is taken back, in a column such as Reference."


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that a row breaks, and the column that breaks it, as the file calls it; nothing for the whole row."""

    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every row of an upload unless it says otherwise: who refers, and for which coverage."""

    plan: str
    coverage: PayerKind
    email: str | None = None
    phone: str | None = None
    stated_at: datetime | None = None

    def stated(self, batch_id: UUID) -> dict[str, Any]:
        """What a row need not say."""
        referrer = {
            "organization": self.plan,
            "kind": ReferrerKind.HEALTH_PLAN,
            "email": self.email,
            "phone": self.phone,
        }
        return {
            "channel": Channel.PLAN_BATCH,
            "referrer": referrer,
            "batch_id": batch_id,
            "stated_at": self.stated_at,
        }


@dataclass(slots=True)
class RowRead:
    """A row as it was read: what it states or what is wrong with it, what was mended, and by what it is known."""

    stated: DirectReferral | Withdrawal | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    reference: str = ""
    member_id: str = ""
    if_none_exist: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a place of a row."""

    place: int
    heading: str
    said: str
    unseen: bool = False


def read_row(cells: Sequence[str], columns: Columns, stated: dict[str, Any], terms: Terms, now: datetime) -> RowRead:
    """What a row states, or what is wrong with it."""
    if len(cells) > len(columns.header):
        return RowRead(problems=[Problem("", f"This row has {len(cells)} cells, the header {len(columns.header)}.")])
    found = _found(cells, columns)
    read = RowRead(reference=_first(found, _REFERENCE), member_id=_first(found, _MEMBER))
    read.notes += [Problem(cell.heading, INVISIBLE) for each in found.values() for cell in each if cell.unseen]
    if reason := next((v for cell in found.get(_STATUS, ()) if (v := BY_NAME[_STATUS].reads(cell.said))), None):
        return _withdrawal(read, {"reason": reason, **_whom(found)}, columns, stated)
    body: dict[str, Any] = {**stated, "referrer": dict(stated["referrer"]), "patient": {}}
    for name, said in found.items():
        _read_column(read, body, name, said)
    _mend_zip(read, body, found.get(_ZIP))
    _complete(body, terms)
    return _checked(read, body, columns, now)


def _found(cells: Sequence[str], columns: Columns) -> dict[str, list[Cell]]:
    """What a row says of each thing, what counts most first."""
    return {name: [*_said(cells, columns, name, places)] for name, places in columns.places().items()}


def _said(cells: Sequence[str], columns: Columns, name: str, places: Sequence[int]) -> Iterator[Cell]:
    for place in places:
        said, unseen = cleaned(cells[place]) if place < len(cells) else ("", False)
        if not says_nothing(said, name):
            yield Cell(place, columns.header[place], said, unseen)


def _first(found: dict[str, list[Cell]], name: str) -> str:
    return next((cell.said for cell in found.get(name, ())), "")


def _read_column(read: RowRead, body: dict[str, Any], name: str, said: Sequence[Cell]) -> None:
    """Put what a row says of one thing where it belongs: of diagnoses all, else what counts most."""
    if name == _STATUS:
        return
    for cell in said if name == _CODES else said[:1]:
        try:
            _put(body, BY_NAME[name].field, BY_NAME[name].reads(cell.said))
        except BrokenRule as why:
            if not _is_text_beside_codes(name, cell, said):
                read.problems.append(Problem(cell.heading, str(why)))


def _is_text_beside_codes(name: str, cell: Cell, said: Sequence[Cell]) -> bool:
    """Whether this is a diagnosis in words while another column has codes."""
    return name == _CODES and is_in_words(cell.heading) and any(not is_in_words(each.heading) for each in said)


def unused(cells: Sequence[str], columns: Columns) -> list[tuple[str, str]]:
    """What a row says that no field holds, by its heading: of unknown columns, and what counted less than another."""
    places = {place for place, name in enumerate(columns.read) if name is None}
    found = _found(cells, columns)
    for name, said in found.items():
        if name == _STATUS:
            places |= {cell.place for cell in said if BY_NAME[name].reads(cell.said) is None}
        elif name == _CODES:
            places |= {cell.place for cell in said if _is_text_beside_codes(name, cell, said) and not _is_coded(cell)}
        else:
            nobody = name in _OF_A_NAMED_ONE and not found.get(_CONTACT)
            places |= {cell.place for cell in (said if nobody else said[1:])}
    words = {place: cleaned(cells[place])[0] for place in sorted(places) if place < len(cells)}
    return [(columns.header[place], each) for place, each in words.items() if each]


def _is_coded(cell: Cell) -> bool:
    try:
        return bool(BY_NAME[_CODES].reads(cell.said))
    except BrokenRule:
        return False


def _whom(found: dict[str, list[Cell]]) -> dict[str, Any]:
    """Whom a row names that takes a referral back; what can't be read names nobody."""
    whom: dict[str, Any] = {}
    for name in ("given_name", "birth_date"):
        with suppress(BrokenRule):
            if said := _first(found, name):
                whom[name] = BY_NAME[name].reads(said)
    return whom


def _withdrawal(read: RowRead, body: dict[str, Any], columns: Columns, stated: dict[str, Any]) -> RowRead:
    """A row that takes a referral back: only its number counts."""
    if not read.reference:
        read.problems.append(Problem(columns.heading(_REFERENCE), NUMBER_NEEDED))
        return read
    try:
        number = BY_NAME[_REFERENCE].reads(read.reference)
        kept: dict[str, Any] = {name: stated[name] for name in _OF_THE_SENDING if name in stated}
        body |= {**kept, "organization": stated["referrer"]["organization"], "placer_id": number}
        read.stated = Withdrawal.model_validate(body)
    except BrokenRule as why:
        read.problems.append(Problem(columns.heading(_REFERENCE), str(why)))
    except ValidationError as why:
        read.problems += [Problem(_heading(name, columns), rule) for name, rule in errors_of(why).items()]
    return read


def _checked(read: RowRead, body: dict[str, Any], columns: Columns, now: datetime) -> RowRead:
    try:
        referral = DirectReferral.stated(body, now)
    except ValidationError as why:
        said = {problem.column for problem in read.problems}
        found = [_problem(name, rule, body, columns) for name, rule in errors_of(why).items()]
        read.problems += [each for each in found if each.column not in said]
        return read
    if not read.problems:
        read.stated = referral
    return read


def _problem(name: str, rule: str, body: dict[str, Any], columns: Columns) -> Problem:
    """A rule that is broken; where a row leaves out what it may not, the sentence says what that is."""
    column = _BY_FIELD.get(name, "")
    if column in NEEDED and not _at(body, name):
        return Problem(columns.heading(column), f"This is required: {NEEDED[column]}.")
    return Problem(_heading(name, columns), rule)


def _at(body: dict[str, Any], name: str) -> Any:
    found: Any = body
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    *outer, last = name.split(".")
    part = body
    for each in outer:
        part = part.setdefault(each, {})
    if isinstance(value, list):
        _add(part.setdefault(last, []), value)
    elif value is not None:
        part[last] = value


def _add(known: list[Any], more: list[Any]) -> None:
    """Add what is new, up to one more than there may be, which says that there are too many."""
    for each in more:
        if len(known) > MOST_DIAGNOSES:
            return
        if each not in known:
            known.append(each)


def _mend_zip(read: RowRead, body: dict[str, Any], said: Sequence[Cell] | None) -> None:
    """A ZIP code with the zeros that it has in its state."""
    address = body["patient"].get("address", {})
    if not said or _ZIP not in address:
        return
    try:
        address[_ZIP], mended = zip_code(address[_ZIP], address.get("state", ""))
    except BrokenRule as why:
        read.problems.append(Problem(said[0].heading, str(why)))
    else:
        read.notes += [Problem(said[0].heading, mended)] if mended else []


def _complete(body: dict[str, Any], terms: Terms) -> None:
    """What follows from the upload's terms and from what the row says."""
    body.setdefault("diagnoses", [])
    patient = body["patient"]
    zone = zone_of(patient.get("address", {}).get("state", ""))
    if zone:
        patient.setdefault("time_zone", zone)
    payer = body.setdefault("payer", {})
    payer.setdefault("name", terms.plan)
    payer.setdefault("kind", terms.coverage)
    contact = body.get("contact")
    if contact is not None:
        contact.setdefault("relationship", "other")
        if "full_name" not in contact and contact.keys() <= {"relationship", "consented"}:
            del body["contact"]


def _heading(name: str, columns: Columns) -> str:
    """The column behind a field, however deep the field is inside what the column filled."""
    while name not in _BY_FIELD and "." in name:
        name = name.rpartition(".")[0]
    return columns.heading(_BY_FIELD[name]) if name in _BY_FIELD else ""
