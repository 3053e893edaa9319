"""Finds the referrals that rows of a list are about: by number, by document, or by the same row sent before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.web.forms import errors_of
from services.referral.domain import DirectReferral, placer_of
from services.referral.domain.referring.requests import Withdrawal
from services.referral.store import streams_known
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import Waiting

Mark = tuple[tuple[str, str] | None, str]
"""What a referral is known by when it comes again: its number with the assigner, and the hash of its document."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, read again from what was kept of its check."""

    number: int
    states: DirectReferral | Withdrawal
    row_hash: str = ""
    if_none_exist: str = ""

    @property
    def mark(self) -> Mark:
        """What it is known by."""
        states = self.states
        if isinstance(states, Withdrawal):
            return placer_of(states.placer_assigner, states.organization, states.placer_id), ""
        return placer_of(states.placer_assigner, states.referrer.organization, states.placer_id), states.raw_hash


@dataclass(frozen=True, slots=True)
class Known:
    """Where the referral is that a row is about; which one it is where only the bytes of the row tell."""

    stream: Stream
    about: UUID | None = None


def rows_of(waiting: Sequence[Waiting], arrived_at: datetime) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows, and of those that break a rule now, such as one that is newer than their check, what that is.

    What is due of them is due from the arrival of their list, however long it waited for somebody's yes.
    """
    rows, broken = [], []
    for each in waiting:
        kind: Any = Withdrawal if each.withdraws else DirectReferral
        try:
            states = kind.model_validate_json(each.stated)
            if isinstance(states, DirectReferral):
                states = states.model_copy(update={"arrived_at": arrived_at})
            rows.append(Row(each.number, states, each.row_hash, each.if_none_exist))
        except ValidationError as why:
            said = " ".join(f"{name}: {rule}" if name else rule for name, rule in errors_of(why).items())
            broken.append((each.number, said))
    return rows, broken


async def known(db: Connection, upload: Upload, rows: Sequence[Row]) -> dict[int, Known]:
    """The referrals that came before, by the place of the row that is about each."""
    marks = [row.mark for row in rows]
    found = {n: Known(stream) for n, stream in (await streams_known(db, marks)).items()}
    asked = [n for n in range(len(rows)) if n not in found and rows[n].row_hash and marks[n][1]]
    same = await upload_rows.same_rows(
        db, upload.hash or "", [(rows[n].row_hash, marks[n][0] is not None) for n in asked]
    )
    return found | {asked[n]: Known(stream, about) for n, (about, stream) in same.items()}
