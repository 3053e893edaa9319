"""What a sender says of a list, and what the JSON API answers about it."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ValidationInfo, field_validator

from carebus.contracts.people import PayerKind
from carebus.contracts.referral import HeldBecause
from carebus.errors import BrokenRule
from carebus.ids import new_id
from services.referral.api.workflow.views import SETTLED_BY
from services.referral.api.workflow.waiting_changes import label
from services.referral.domain.deadlines.business_time import EASTERN
from services.referral.domain.referring import fields as f
from services.referral.domain.referring.senders import Kind
from services.referral.domain.referring.stated import Request as Stated
from services.referral.domain.uploads import MOST_ROWS, Stage, digest_of_settings
from services.referral.domain.workflow.reference import reference
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import SKIPPED
from services.referral.store.uploads.telling import Result

WRONG, WAITING = "wrong", "waiting"


class UploadTerms(Stated):
    """What holds for all rows of a list: who refers, for which coverage, and how the file is written."""

    plan: f.Organization
    coverage: PayerKind = PayerKind.MEDICARE
    email: f.Email | None = None
    phone: f.Phone | None = None
    encoding: Literal["", "utf-8", "windows-1252", "iso-8859-1"] = ""
    as_of: date | None = None

    @field_validator("as_of")
    @classmethod
    def _not_later(cls, as_of: date | None, info: ValidationInfo) -> date | None:
        today = (info.context or {}).get("today")
        if as_of and today and as_of > today:
            raise BrokenRule("Give a date that is not in the future.")
        return as_of

    @classmethod
    def said(cls, body: dict[str, Any], now: datetime) -> Self:
        """The terms as they are said now. Raises pydantic's ValidationError."""
        return cls.model_validate(body, context={"today": now.astimezone(EASTERN).date()})

    @classmethod
    def of(cls, upload: Upload, as_of: date | None, now: datetime) -> Self:
        """The terms of an upload, as of another day."""
        same = {name: getattr(upload, name) for name in ("plan", "coverage", "email", "phone")}
        # The encoding that was said was replaced by the one that was found: the same, unless the file has a mark.
        return cls.said({**same, "encoding": upload.encoding if upload.kind == "csv" else "", "as_of": as_of}, now)

    @property
    def settings(self) -> str:
        """A digest of all that makes the same bytes another try."""
        of_day = self.as_of.isoformat() if self.as_of else ""
        encoding = self.encoding or "utf-8"
        return digest_of_settings(self.plan, self.coverage, self.email, self.phone, encoding, of_day)

    def upload(self, kind: str, actor: str, now: datetime) -> Upload:
        """An upload on these terms that is about to arrive."""
        return Upload(
            settings=self.settings,
            as_of=self.as_of,
            upload_id=new_id(),
            kind=kind,
            encoding=self.encoding,
            plan=self.plan,
            coverage=self.coverage,
            email=self.email,
            phone=self.phone,
            sent_by=actor,
            received_at=now,
        )


class Confirmed(Stated):
    """What the office lets in when it says yes: the kinds of changes to people who are known here."""

    ticked: tuple[Kind, ...] = ()


class Again(Stated):
    """As of which day a list is taken once more."""

    as_of: date


class RuleBroken(BaseModel):
    """A rule that rows break in a column: how many rows, and the first of them."""

    column: str
    rule: str
    rows: int
    first_row: int


class UploadView(BaseModel):
    """How an upload stands."""

    upload_id: UUID
    stage: Stage
    kind: str
    plan: str
    sha256: str | None
    bytes: int
    received_at: datetime
    as_of: date | None
    rows: int
    right: int
    wrong: int
    done: int
    refused: int
    unreadable: str
    unread_columns: list[str]
    changes: dict[str, int]
    known: dict[str, int]
    ticked: tuple[str, ...]
    most_rows: int = MOST_ROWS
    confirmed_at: datetime | None
    finished_at: datetime | None
    again: bool = False

    @classmethod
    def of(cls, upload: Upload, *, again: bool = False) -> Self:
        """The view of this upload."""
        known = {name: getattr(upload, name) for name in cls.model_fields if hasattr(upload, name)}
        unread = upload.columns.unread if upload.columns else []
        return cls(**known, sha256=upload.hash, unread_columns=unread, again=again)


class UploadDetail(UploadView):
    """How an upload stands, with the rules that its rows break most often."""

    rules_broken: list[RuleBroken]
    mended: list[RuleBroken]


class RowResult(BaseModel):
    """What became of a row: `outcome` says it, `waits` which fields wait, `settled_by` what would settle that."""

    row: int
    outcome: str
    reference: str
    member_id: str
    reference_number: str
    referral_id: UUID | None
    eligible: bool | None
    reason: str
    waits: list[str]
    settled_by: str

    @classmethod
    def of(cls, row: Result) -> Self:
        """The view of this result."""
        told = [*row.problems, *row.notes] if row.outcome in {None, SKIPPED} else []
        return cls(
            row=row.number,
            outcome=WRONG if row.problems else row.outcome or WAITING,
            reference=row.reference,
            member_id=row.member_id,
            reference_number=reference(row.referral_id) if row.referral_id else "",
            referral_id=row.referral_id,
            eligible=row.eligible,
            reason=" ".join(f"{column}: {rule}" if column else rule for column, rule in told) or row.reason,
            waits=[label(path) for path in row.waits],
            settled_by=SETTLED_BY[HeldBecause(row.because)] if row.because else "",
        )


class RowResults(BaseModel):
    """The results of some rows; the next ones are those after `next_after`, if there are any."""

    items: list[RowResult]
    next_after: int | None


class UploadList(BaseModel):
    """The newest uploads."""

    items: list[UploadView]
