"""Holds the rows of a list that was checked against what is known here, some hundred at a time, and counts changes."""

from collections import Counter
from collections.abc import Mapping, Sequence

from carebus.contracts.event import Stream
from carebus.decisions import Cause, acted
from carebus.web.http import Parts
from services.referral import store
from services.referral.channels.uploads.conditions import met
from services.referral.channels.uploads.knowing import Known, Row, known, rows_of
from services.referral.domain import Intake, placer_of
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import ANYBODY, Kind
from services.referral.domain.uploads import Stage, row_id
from services.referral.domain.uploads.comparing import About, about, kinds_changed, withdraws
from services.referral.domain.workflow.referrals import Referral
from services.referral.domain.workflow.repeating import statement_of
from services.referral.domain.workflow.stated import received_of
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import RowsTaken

AT_ONCE = 500


async def compare(parts: Parts, upload: Upload) -> None:
    """Compare the next rows; after the last one somebody may say yes to the list. Raises RowsTaken."""
    async with parts.database.connection() as db:
        waiting = await upload_rows.waiting(db, upload.upload_id, AT_ONCE, upload.compared_to)
        rows, _ = rows_of(waiting, upload.received_at)
        there = await met(db, rows)
        found = {n: each for n, each in (await known(db, upload, rows)).items() if n not in there}
        states = await store.STATES[Intake].load(db, sorted({each.stream for each in found.values()}))
        kinds, abouts = _counted(parts, upload, rows, found, states)
        counted = dict(Counter(upload.changes) + kinds), dict(Counter(upload.known) + abouts)
        if waiting and not await uploads.compared(db, upload, waiting[-1].number, *counted):
            raise RowsTaken
        if len(waiting) < AT_ONCE:
            await uploads.move_to(db, upload, Stage.CHECKED)


def _counted(
    parts: Parts, upload: Upload, rows: Sequence[Row], found: Mapping[int, Known], states: Mapping[Stream, Intake]
) -> tuple[Counter[str], Counter[str]]:
    """How many rows change what, by kind; and how many do what to what is known here."""
    kinds, abouts = Counter[str](), Counter[str]()
    for n, row in enumerate(rows):
        at = found.get(n)
        referral = _referral(states.get(at.stream), row, at) if at else None
        if at and referral:
            changed = _kinds(referral, row, _cause(parts, upload, row, at.stream))
            does = about(referral, row.states, changed)
            kinds.update(kind.value for kind in changed if does is not About.CONFLICT)
            abouts[does.value] += 1
        elif isinstance(row.states, Withdrawal):
            abouts[About.UNKNOWN.value] += 1
    return kinds, abouts


def _referral(intake: Intake | None, row: Row, about: Known) -> Referral | None:
    if intake is None:
        return None
    if about.about is not None:
        return intake.referral(about.about)
    found = intake.known_as(*row.mark)
    return found[0] if found else None


def _kinds(referral: Referral, row: Row, cause: Cause) -> frozenset[Kind]:
    states = row.states
    if isinstance(states, Withdrawal):
        return withdraws(referral, states)
    if placer_of(states.placer_assigner, states.referrer.organization, states.placer_id) is None and (
        states.raw_hash in referral.documents
    ):
        return frozenset()
    received, owner = received_of(states, cause), referral.received.referrer.organization
    return kinds_changed(referral, states, received, statement_of(states, received, cause, ANYBODY, owner))


def _cause(parts: Parts, upload: Upload, row: Row, stream: Stream) -> Cause:
    command, now = row_id(upload.hash or "", row.number, upload.settings), parts.clock.now()
    role, actor = acted(upload.sent_by)
    return Cause(id=command, stream=stream, now=now, actor=actor, role=role, correlation_id=command, occurred_at=now)
