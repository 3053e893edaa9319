"""Compares every new or changed statement with everybody once more, after it was kept.

Two referrals of one new person that come at one moment can't see each other. Each is kept, and each is looked at again
here when both are: the younger one is held for review. What is changed later, or merged, is found the same way.
"""

import asyncio
from dataclasses import replace
from functools import partial
from uuid import UUID

import structlog

from carebus.access import own_work
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Asked
from carebus.decisions import Cause, Reaction, on
from carebus.ids import new_id
from carebus.web.http import Parts
from services.referral import store
from services.referral.domain import Intake, office_of
from services.referral.domain.feedback.updates import informing
from services.referral.domain.identity.records import Identity, Recheck
from services.referral.domain.identity.reviewing import recheck
from services.referral.domain.matching import Placement
from services.referral.settings import Settings
from services.referral.store.identity.persons import Unchecked

log = structlog.get_logger()

AT_ONCE = 100
IDENTITY = "identity"
"""The worker's name."""
ACTOR = "system:identity"


async def watch(parts: Parts, stop: asyncio.Event) -> None:
    """Look again at what is new until `stop`; one process only (the kit's lead)."""
    while not stop.is_set() and await catch_up(parts):
        pass
    while not stop.is_set():
        if not await look_again(parts) and not await make_again(parts):
            await parts.notices.work(IDENTITY).wait()


async def catch_up(parts: Parts) -> int:
    """Let the persons of referrals that an older release took in be found too; gives how many there were."""
    async with parts.database.transaction() as db:
        return await store.catch_up(db, AT_ONCE)


async def make_again(parts: Parts) -> int:
    """Make traits and keys that an older release kept as this one does, also while one still runs; gives how many."""
    async with parts.database.transaction() as db:
        return await store.make_again(db, AT_ONCE)


async def look_again(parts: Parts) -> int:
    """Compare up to a hundred statements with everybody once more; gives how many there were."""
    async with parts.database.connection() as db:
        waiting = await store.unchecked(db, AT_ONCE)
        if not waiting:
            return 0
        apart = [frozenset({each.patient_id, each.survivor_id or each.patient_id}) for each in waiting]
        placed = await store.placements(db, [each.traits for each in waiting], apart)
        asked_later = await store.still_unchecked(db, [one.patient_id for each in placed for one in each.candidates])
    placed = [_earlier(to, each.patient_id, asked_later) for each, to in zip(waiting, placed, strict=True)]
    found = [_step(parts, each, to) for each, to in zip(waiting, placed, strict=True) if to.candidates]
    failed = {found[n][2].stream for n in await parts.commands.perform_all(found)} if found else set()
    done = [each for each in waiting if patient_stream(each.patient_id) not in failed]
    async with parts.database.transaction() as db:
        await store.checked(db, done)
    log.info("identities_checked", statements=len(done), found=len(found), failed=len(failed))
    return len(done)


def _earlier(placement: Placement, patient_id: UUID, asked_later: set[UUID]) -> Placement:
    """Of two records that are both to be looked at, the younger one is held: the other one's referral goes on."""
    kept = [c for c in placement.candidates if c.patient_id not in asked_later or c.patient_id < patient_id]
    return replace(placement, candidates=tuple(kept))


def _step(parts: Parts, of: Unchecked, placement: Placement) -> tuple[Reaction, Recheck, Cause]:
    assert isinstance(parts.settings, Settings)
    office = office_of(parts.settings, store.rule_book(parts.settings.rulesets))
    how = informing(on(Intake, Identity, partial(recheck, placement=placement, office=office)))
    cause = parts.commands.cause(patient_stream(of.patient_id), Asked(None, own_work(ACTOR), new_id()), "recheck")
    return how, Recheck(referral_id=of.referral_id), cause
