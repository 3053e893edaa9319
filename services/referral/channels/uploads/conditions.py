"""Rows that are conditional creates: where one order fits, the row changes nothing; where several do, it is refused."""

from collections.abc import Sequence

from carebus.storage.database import Connection
from services.referral.channels.fhir.conditional import SEVERAL, ThereAlready, numbers_of, there_already, there_for_sure
from services.referral.channels.fhir.standing import Standing
from services.referral.channels.uploads.knowing import Row
from services.referral.domain.referring.requests import Withdrawal
from services.referral.store.uploads.rows import RowsTaken, Settled

There = dict[int, list[Standing]]
"""What is there already, by the place of the row whose condition it fits."""


async def met(db: Connection, rows: Sequence[Row], *, for_sure: bool = False) -> There:
    """What fits the conditions of these rows; `for_sure` until the transaction ends."""
    asking = [n for n, row in enumerate(rows) if row.if_none_exist and not isinstance(row.states, Withdrawal)]
    if not asking:
        return {}
    look = there_for_sure if for_sure else there_already
    found = await look(db, [rows[n].if_none_exist for n in asking])
    return {n: there for n, there in zip(asking, found, strict=True) if there}


async def require_still_none(db: Connection, rows: Sequence[Row]) -> None:
    """Raises RowsTaken where another has created meanwhile what a row asks not to double: it is looked at anew."""
    if await met(db, rows, for_sure=True):
        raise RowsTaken


def up_to_one_that_may_be_met(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows up to one whose condition names the number of a row before it: that one has to be referred first."""
    numbers: set[str] = set()
    for n, row in enumerate(rows):
        if row.if_none_exist and numbers & numbers_of(row.if_none_exist):
            return rows[:n]
        numbers |= {row.states.placer_id} - {""} if not isinstance(row.states, Withdrawal) else set()
    return rows


def settled(row: Row, there: Sequence[Standing], received_before: str, refused: str) -> Settled:
    """What became of a row whose condition these fit."""
    if len(there) > 1:
        return Settled(row.number, refused, reason=SEVERAL)
    referral = there[0].referral
    eligible = referral.assessed.eligible
    said = str(ThereAlready(referral.referral_id))
    return Settled(row.number, received_before, referral.referral_id, eligible=eligible, reason=said, led_to_it=False)
