"""Refers the rows of an upload that was confirmed, a batch at a time.

A batch is one transaction: its rows are settled in it, so a process that dies in between has done all of it or
nothing, and the next one begins with the rows that are not settled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid5

import asyncpg
import structlog

from carebus.access import own_work
from carebus.contracts.event import Stream, patient_stream
from carebus.deciding.commands import Became, TextRefused
from carebus.decisions import Cause, Reaction, acted
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.referral.channels.uploads.checking import UNFORESEEN
from services.referral.channels.uploads.conditions import (
    met,
    require_still_none,
    settled,
    up_to_one_that_may_be_met,
)
from services.referral.channels.uploads.knowing import Known, Row, known, rows_of
from services.referral.domain import Intake, Status, answered
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.matching import Placement, Traits
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Kind, Sending
from services.referral.domain.uploads import row_id
from services.referral.domain.workflow.proposing import waits
from services.referral.domain.workflow.referrals import Referral
from services.referral.domain.workflow.statements import StatementOutcome
from services.referral.domain.workflow.withdrawing import NothingToWithdraw, withdrawn
from services.referral.store import placements
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import Settled

log = structlog.get_logger()

AT_ONCE = 200
"""So many rows are referred in one turn: others wait no longer than that takes."""
REFUSED, KNOWN = "not_received", "received_before"
OUTCOMES = {StatementOutcome.REPEATED: KNOWN}
"""What the result calls an outcome otherwise than everybody else does, as it always has."""
CANT_BE_KEPT = "This row holds something that can't be kept."
CANT_BE_REFERRED = "This row can't be referred here. It is not your mistake: call us about it."
ASKED_BACK = "The office was asked to cancel it, and decides on that."
TAKEN_BACK = {
    StatementOutcome.AMENDED: "It was taken back, and has ended.",
    StatementOutcome.HELD: ASKED_BACK,
    StatementOutcome.OLDER: "It was stated anew after it was taken back, and goes on.",
}
"""What became of a referral that a row takes back."""
ENDED_BEFORE, ASKED_BEFORE = "It had ended before.", "The office had been asked to cancel it before."

OF_THE_ROW = (TextRefused, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
OF_THE_UPLOAD = (*OF_THE_ROW, *UNFORESEEN)

Receiving = Callable[[Parts, Placement | None, Sending], Reaction]
Withdrawing = Callable[[Parts, Sending], Reaction]


@dataclass(frozen=True, slots=True)
class Decides:
    """The decisions on a row: those of every other way in."""

    receiving: Receiving
    withdrawing: Withdrawing


@dataclass(frozen=True, slots=True)
class Work:
    """An upload whose rows are referred, and the decision on each."""

    parts: Parts
    upload: Upload
    decides: Decides

    def sending(self, about: Known | None) -> Sending:
        """How a row comes: with the kinds of changes that were ticked for its list."""
        return Sending(ticked=frozenset(map(Kind, self.upload.ticked)), about=about.about if about else None)


async def refer_some(work: Work) -> None:
    """Refer the next rows that are not settled yet; after the last of them the upload is done."""
    upload = work.upload
    async with work.parts.database.connection() as db:
        waiting = await upload_rows.waiting(db, upload.upload_id, AT_ONCE)
    rows, broken = rows_of(waiting, upload.received_at)
    if broken:
        await _set_aside(work, [Settled(number, REFUSED, reason=said) for number, said in broken])
    now = up_to_one_that_may_be_met(rows)
    if rest := await _without_those_there(work, now):
        await _refer(work, rest)
    if len(waiting) < AT_ONCE and len(now) == len(rows):
        async with work.parts.database.connection() as db:
            await uploads.finish(db, upload.upload_id, work.parts.clock.now())
        log.info("upload_done", upload_id=str(upload.upload_id), rows=upload.right)


async def _without_those_there(work: Work, rows: Sequence[Row]) -> list[Row]:
    """The rows that are to be referred; of the others an order is there already, and nothing of it changes."""
    async with work.parts.database.connection() as db:
        there = await met(db, rows)
    if there:
        known = [settled(rows[n], those, KNOWN, REFUSED) for n, those in there.items()]
        async with work.parts.database.transaction() as db:
            await upload_rows.settle(db, work.upload, known)
    return [row for n, row in enumerate(rows) if n not in there]


async def _refer(work: Work, rows: Sequence[Row]) -> None:
    """Refer these rows in one transaction; where one can't be, by halves, until it stands alone and is set aside."""
    try:
        await _together(work, rows)
    except OF_THE_UPLOAD as why:
        if len(rows) == 1:
            reason = CANT_BE_KEPT if isinstance(why, OF_THE_ROW) else CANT_BE_REFERRED
            log.warning("upload_row_fails", upload_id=str(work.upload.upload_id), row=rows[0].number, exc_info=why)
            await _set_aside(work, [Settled(rows[0].number, REFUSED, reason=reason)])
            return
        half = len(rows) // 2
        await _refer(work, rows[:half])
        await _refer(work, rows[half:])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row, where it belongs, and why it is decided there."""

    row: Row
    cause: Cause
    known: Known | None
    placement: Placement | None


async def _together(work: Work, rows: Sequence[Row]) -> None:
    placed, nowhere = await _placed(work, rows)
    if nowhere:
        await _set_aside(work, [Settled(row.number, REFUSED, reason=str(NothingToWithdraw())) for row in nowhere])

    async def settle(db: Connection, became: Sequence[Became]) -> None:
        await require_still_none(db, [each.row for each in placed])
        became_of = [_settled(each, one) for each, one in zip(placed, became, strict=True)]
        await upload_rows.settle(db, work.upload, became_of)

    if placed:
        items = [(_decides(work, each), each.row.states, each.cause) for each in placed]
        await work.parts.commands.perform_each(items, settle, own_work("uploads"))


def _decides(work: Work, placed: _Placed) -> Reaction:
    sending = work.sending(placed.known)
    if isinstance(placed.row.states, Withdrawal):
        return work.decides.withdrawing(work.parts, sending)
    return work.decides.receiving(work.parts, placed.placement, sending)


async def _placed(work: Work, rows: Sequence[Row]) -> tuple[list[_Placed], list[Row]]:
    """Where each row belongs, and the rows that take back what is not here.

    That is the stream of the referral that it repeats or amends, also one of the same batch, or of its person.
    """
    async with work.parts.database.connection() as db:
        found = await known(db, work.upload, rows)
        placements_of = await _placements(db, rows, found)
    placed, nowhere, seen = [], [], dict[object, Stream]()
    for n, row in enumerate(rows):
        marks = [mark for mark in row.mark if mark]
        about, placement = found.get(n), placements_of.get(n)
        stream = about.stream if about else next((seen[mark] for mark in marks if mark in seen), None)
        if stream is None and placement is None:
            nowhere.append(row)
            continue
        cause = _cause(work, row, stream or _stream_of(work, row, placement))
        placed.append(_Placed(row, cause, about, placement))
        seen |= dict.fromkeys(marks, cause.stream)
    return placed, nowhere


async def _placements(db: Connection, rows: Sequence[Row], found: Mapping[int, Known]) -> dict[int, Placement]:
    """Whom the rows are about that came never before."""
    new = {n: row.states for n, row in enumerate(rows) if n not in found and not isinstance(row.states, Withdrawal)}
    stated = [Traits.of(states.patient, states.payer, states.died_on) for states in new.values()]
    return dict(zip(new, await placements(db, stated), strict=True)) if new else {}


def _stream_of(work: Work, row: Row, placement: Placement | None) -> Stream:
    assert placement is not None
    command = row_id(work.upload.hash or "", row.number, work.upload.settings)
    return patient_stream(placement.patient_id or uuid5(command, "patient"))


def _cause(work: Work, row: Row, stream: Stream) -> Cause:
    """Why a row is referred: the same cause, and so the same referral and patient, however often it is tried."""
    command = row_id(work.upload.hash or "", row.number, work.upload.settings)
    now = work.parts.clock.now()
    role, actor = acted(work.upload.confirmed_by or work.upload.sent_by)
    return Cause(
        id=command,
        stream=stream,
        now=now,
        actor=actor,
        role=role,
        correlation_id=command,
        occurred_at=now,
    )


def _settled(placed: _Placed, became: Became) -> Settled:
    row, states = placed.row, placed.row.states
    if isinstance(became, CarebusError):
        conflict = isinstance(became, AnotherPerson)
        return Settled(row.number, StatementOutcome.CONFLICT if conflict else REFUSED, reason=str(became))
    referral = _referral(placed, became.state(Intake))
    came = referral.came if referral.came and referral.came.cause == placed.cause.id else None
    outcome = came.outcome if came else StatementOutcome.REPEATED
    return Settled(
        row.number,
        OUTCOMES.get(outcome, outcome.value),
        referral.referral_id,
        eligible=referral.assessed.eligible,
        reason=_taken_back(referral, outcome) if isinstance(states, Withdrawal) else "",
        because=came.because.value if came and came.because else None,
        waits=waits(referral, came) if came else (),
        placer=(states.placer_assigner, states.placer_id),
        row_hash=row.row_hash,
    )


def _taken_back(referral: Referral, outcome: StatementOutcome) -> str:
    if outcome is not StatementOutcome.REPEATED:
        return TAKEN_BACK[outcome]
    if referral.ended:
        return ENDED_BEFORE
    return ASKED_BEFORE if referral.status is Status.CANCELLATION_REQUESTED else ""


def _referral(placed: _Placed, intake: Intake) -> Referral:
    """The referral that a row came to."""
    if isinstance(placed.row.states, Withdrawal):
        return withdrawn(intake, placed.row.states)
    if placed.known is not None and placed.known.about is not None:
        return intake.referral(placed.known.about)
    return answered(intake, placed.row.states, placed.cause)


async def _set_aside(work: Work, rows: Sequence[Settled]) -> None:
    log.warning("upload_rows_set_aside", upload_id=str(work.upload.upload_id), rows=[row.number for row in rows])
    async with work.parts.database.transaction() as db:
        await upload_rows.settle(db, work.upload, rows)
