"""Who stands how to whom: changes of a batch end as they would one by one, ends that are known end by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carebus.access import Ends, Follows, Holds, Relation, RelationChange, mailbox_of, organization_of
from carebus.clock import Clock
from carebus.storage import relations
from carebus.storage.database import Connection
from carebus.testing import Bench

NURSE, DOCTOR = UUID(int=1), UUID(int=2)
ONE, OTHER = UUID(int=11), UUID(int=12)
MINUTE = timedelta(minutes=1)
PANEL = frozenset({Relation.PANEL})


def at(minute: int) -> datetime:
    return Clock().now() - timedelta(hours=1) + minute * MINUTE


async def who(db: Connection, subject: UUID) -> set[UUID]:
    return {each for each in (NURSE, DOCTOR) if await relations.stands_as(db, [each], PANEL, subject)}


@st.composite
def histories(draw: st.DrawFn) -> list[list[RelationChange]]:
    """Changes at rising times, cut into batches."""
    batches: list[list[RelationChange]] = [[]]
    for minute in range(draw(st.integers(1, 12))):
        holder, subject = draw(st.sampled_from([NURSE, DOCTOR])), draw(st.sampled_from([ONE, OTHER]))
        begins = Holds(Relation.PANEL, holder, subject, at(minute))
        ends = Ends(Relation.PANEL, subject, at(minute), draw(st.sampled_from([None, holder])))
        batches[-1].append(begins if draw(st.booleans()) else ends)
        if draw(st.booleans()):
            batches.append([])
    return batches


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories())
async def test_a_batch_ends_as_its_changes_would_one_by_one(
    tallying: Bench, history: list[list[RelationChange]]
) -> None:
    stands: dict[UUID, set[UUID]] = {ONE: set(), OTHER: set()}
    for change in (each for batch in history for each in batch):
        if isinstance(change, Holds):
            stands[change.subject].add(change.holder)
        elif isinstance(change, Ends):
            stands[change.subject] -= {NURSE, DOCTOR} if change.holder is None else {change.holder}
    async with tallying.service.core.database.connection() as db:
        trying = db.transaction()
        await trying.start()
        try:
            for batch in history:
                await relations.write(db, batch)
            assert {subject: await who(db, subject) for subject in stands} == stands
        finally:
            await trying.rollback()


async def test_the_team_of_before_stands_no_more_when_both_teams_came_in_one_batch(tallying: Bench) -> None:
    async with tallying.service.core.database.transaction() as db:
        first: list[RelationChange] = [Ends(Relation.PANEL, ONE, at(1)), Holds(Relation.PANEL, NURSE, ONE, at(1))]
        second: list[RelationChange] = [Ends(Relation.PANEL, ONE, at(1)), Holds(Relation.PANEL, DOCTOR, ONE, at(1))]
        await relations.write(db, [*first, *second])
        assert await who(db, ONE) == {DOCTOR}


async def test_a_relation_whose_end_is_known_ends_by_itself(tallying: Bench) -> None:
    async with tallying.service.core.database.transaction() as db:
        await relations.write(db, [Holds(Relation.PANEL, NURSE, ONE, at(0), at(5))])
        await relations.write(db, [Holds(Relation.PANEL, DOCTOR, ONE, at(0), at(500))])
        assert await who(db, ONE) == {DOCTOR}


async def test_of_a_merge_and_its_end_in_one_batch_the_last_word_counts(tallying: Bench) -> None:
    async with tallying.service.core.database.transaction() as db:
        await relations.write(db, [Holds(Relation.PANEL, NURSE, ONE, at(0))])
        await relations.write(db, [Follows(ONE, OTHER)])
        assert await who(db, OTHER) == {NURSE}
        await relations.write(db, [Follows(ONE, None), Follows(ONE, OTHER), Follows(ONE, None)])
        assert await who(db, OTHER) == set()


def test_an_organization_is_the_same_however_it_is_written_and_no_mailbox() -> None:
    assert organization_of(" Example  Health ") == organization_of("example health")
    assert mailbox_of("Ann@Example.org ") == mailbox_of("ann@example.org")
    assert mailbox_of("a@b.example") != organization_of("a@b.example")
