"""What a sender says of a list, and what the JSON API answers about it."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.people import PayerKind
from carebus.ids import new_id
from services.referral.domain.referring import fields as f
from services.referral.domain.referring.stated import Request as Stated
from services.referral.domain.uploads import Stage
from services.referral.store.uploads.files import Upload


class UploadTerms(Stated):
    """What holds for all rows of a list: who refers, for which coverage, and how the file is written."""

    plan: f.Organization
    coverage: PayerKind = PayerKind.MEDICARE
    email: f.Email | None = None
    phone: f.Phone | None = None
    encoding: Literal["", "utf-8", "windows-1252", "iso-8859-1"] = ""

    def upload(self, kind: str, actor: str, now: datetime) -> Upload:
        """An upload on these terms that is about to arrive."""
        return Upload(
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
    rows: int
    right: int
    wrong: int
    done: int
    refused: int
    unreadable: str
    unread_columns: list[str]
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


class UploadList(BaseModel):
    """The newest uploads."""

    items: list[UploadView]
