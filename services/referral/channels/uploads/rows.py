"""Reads one row of a plan's list as a direct referral, or as the rules that it breaks, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from carebus.contracts.people import PayerKind, ReferrerKind
from carebus.contracts.referral import Channel
from carebus.errors import BrokenRule
from carebus.web.forms import errors_of
from services.referral.domain.referring.requests import MOST_DIAGNOSES, DirectReferral
from services.referral.domain.referring.zones import zone_of
from services.referral.domain.uploads.columns import BY_NAME, COLUMNS, Columns

_BY_FIELD = {column.field: column.name for column in COLUMNS}


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

    def stated(self, batch_id: UUID) -> dict[str, Any]:
        """What a row need not say."""
        referrer = {
            "organization": self.plan,
            "kind": ReferrerKind.HEALTH_PLAN,
            "email": self.email,
            "phone": self.phone,
        }
        return {"channel": Channel.PLAN_BATCH, "referrer": referrer, "batch_id": batch_id}


def referral_of(
    cells: Sequence[str], columns: Columns, stated: dict[str, Any], terms: Terms, now: datetime
) -> DirectReferral | list[Problem]:
    """The referral that a row is, or what is wrong with it."""
    if len(cells) > len(columns.header):
        return [Problem("", f"This row has {len(cells)} cells, the header {len(columns.header)}.")]
    body: dict[str, Any] = {**stated, "referrer": dict(stated["referrer"]), "patient": {}}
    problems = []
    for cell, name, heading in zip(cells, columns.read, columns.header, strict=False):
        said = cell.strip()
        if name is None or not said:
            continue
        try:
            _put(body, BY_NAME[name].field, BY_NAME[name].reads(said))
        except BrokenRule as why:
            problems.append(Problem(heading, str(why)))
    _complete(body, terms)
    return _checked(body, problems, columns, now)


def _checked(
    body: dict[str, Any], problems: list[Problem], columns: Columns, now: datetime
) -> DirectReferral | list[Problem]:
    try:
        referral = DirectReferral.stated(body, now)
    except ValidationError as why:
        said = {problem.column for problem in problems}
        found = [Problem(_heading(field, columns), rule) for field, rule in errors_of(why).items()]
        return [*problems, *(each for each in found if each.column not in said)]
    return problems or referral


def _put(body: dict[str, Any], field: str, value: Any) -> None:
    *outer, last = field.split(".")
    part = body
    for name in outer:
        part = part.setdefault(name, {})
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


def _heading(field: str, columns: Columns) -> str:
    """The column behind a field, however deep the field is inside what the column filled."""
    while field not in _BY_FIELD and "." in field:
        field = field.rpartition(".")[0]
    return columns.heading(_BY_FIELD[field]) if field in _BY_FIELD else ""
