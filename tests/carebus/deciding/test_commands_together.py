"""Several commands in one transaction: in turn on several streams, or each of its own and refused alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from carebus.access import own_work
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import ReferralDeclined
from carebus.deciding.commands import Asked, Became, Settle
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.testing import Bench, assert_published
from tests.carebus import tally
from tests.carebus.tallied import rows
from tests.carebus.wires import assessed, someone


async def test_a_command_on_two_streams_is_one_transaction_and_the_second_names_the_first_as_its_cause(
    tallying: Bench,
) -> None:
    one, other = someone(), someone()
    steps = [
        (on(tally.Tally, tally.note), patient_stream(patient), assessed(mark))
        for patient, mark in ((one, "a"), (other, "b"))
    ]
    asked = Asked(key="k", caller=own_work("someone"), correlation_id=someone())
    for _ in range(2):
        answer = await tallying.service.commands.perform_in_turn(steps, asked, lambda done: done.state(tally.Tally))
        assert answer.body == {"marks": ["a"]}
    first, second = await tallying.all_published()
    assert (first.stream, second.stream) == (patient_stream(one), patient_stream(other))
    async with tallying.service.core.database.connection() as db:
        ids = [row["event_id"] for row in await db.fetch("select event_id from outbox order by id")]
    assert (second.causation_id, second.correlation_id) == (ids[0], first.correlation_id)


async def test_of_a_command_on_two_streams_nothing_is_kept_when_one_refuses(tallying: Bench) -> None:
    one, other = someone(), someone()
    steps = [
        (on(tally.Tally, tally.note), patient_stream(one), assessed("a")),
        (on(tally.Tally, tally.note), patient_stream(other), assessed("broken")),
    ]
    asked = Asked(key="k", caller=own_work("someone"), correlation_id=someone())
    with pytest.raises(tally.Broken):
        await tallying.service.commands.perform_in_turn(steps, asked, lambda done: done.state(tally.Tally))
    assert await tallying.all_published() == []
    assert await rows(tallying, "command") == 0


async def marked(tallying: Bench, marks: list[str], settle: Settle) -> None:
    """Perform these marks together, each of a patient of its own."""
    asked, commands = Asked(None, own_work("plan"), new_id()), tallying.service.commands
    react, streams = on(tally.Tally, tally.note), [patient_stream(someone()) for _ in marks]
    causes = [commands.cause(stream, asked, "mark") for stream in streams]
    await commands.perform_each(
        [(react, assessed(m), cause) for m, cause in zip(marks, causes, strict=True)], settle, own_work("plan")
    )


async def test_of_many_commands_one_that_is_refused_stands_in_no_others_way(tallying: Bench) -> None:
    settled: list[str] = []

    async def settle(db: Connection, became: Sequence[Became]) -> None:
        settled.extend(one.code if isinstance(one, CarebusError) else one.state(tally.Tally).marks[0] for one in became)

    await marked(tallying, ["a", "broken", "b"], settle)
    assert settled == ["a", "broken", "b"]
    await assert_published(tallying, ReferralDeclined, times=2)
    assert await rows(tallying, "effect") == 2


async def test_what_settles_many_commands_may_undo_them_all(tallying: Bench) -> None:
    async def settle(db: Connection, became: Sequence[Became]) -> None:
        raise tally.Broken

    with pytest.raises(tally.Broken):
        await marked(tallying, ["a", "b"], settle)
    assert await rows(tallying, "effect") == await rows(tallying, "outbox") == 0
