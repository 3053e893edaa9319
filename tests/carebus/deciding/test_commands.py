"""Commands: one effect and one answer per key, however often and from wherever they come."""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import BaseModel

from carebus.access import own_work
from carebus.contracts.care_plan import EpisodeOpened
from carebus.contracts.event import Event, PatientEvent, patient_stream
from carebus.contracts.referral import EligibilityAssessed, ReferralDeclined
from carebus.deciding.commands import Answer, Asked, IdempotencyKeyReused
from carebus.deciding.transaction import Deciding, Item, NotInContract
from carebus.decisions import Cause, Decision, changed, on
from carebus.ids import new_id
from carebus.service import Service
from carebus.settings import Settings
from carebus.storage.database import Connection
from carebus.storage.states import tables
from carebus.storage.streams import Locked
from carebus.testing import START, Bench, assert_published, client_of, people
from deploy.local.embedded import free_port
from tests.carebus import tally
from tests.carebus.tallied import body, rows
from tests.carebus.wires import assessed, someone
from tests.contracts.events import example


async def test_the_same_key_gives_the_same_answer_and_one_event(tallying: Bench) -> None:
    patient = someone()
    first = await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    second = await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (201, {"marks": ["a"]})
    await assert_published(tallying, ReferralDeclined, patient=patient, times=1)


async def test_the_answer_stays_the_same_when_the_state_has_gone_on(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    await tallying.command(f"/api/{patient}/marks", body("b"))
    again = await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    assert again.json() == {"marks": ["a"]}


async def test_twenty_at_once_with_one_key_are_one_command(tallying: Bench) -> None:
    patient = someone()
    answers = await asyncio.gather(*(tallying.command(f"/api/{patient}/marks", body("a"), key="k") for _ in range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, '{"marks":["a"]}')}
    await assert_published(tallying, ReferralDeclined, patient=patient, times=1)
    assert await rows(tallying, "command") == 1


async def test_twenty_at_once_for_one_new_patient_all_count_in_one_order(tallying: Bench) -> None:
    patient = someone()
    answers = await asyncio.gather(*(tallying.command(f"/api/{patient}/marks", body(f"m{n}")) for n in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(len(answer.json()["marks"]) for answer in answers) == list(range(1, 21))
    sequences = [one.sequence for one in await tallying.all_published()]
    assert sequences == list(range(1, 21))


class LaterAssessed(EligibilityAssessed):
    """The same command as a later release knows it."""

    urgent: bool = False
    remarks: tuple[str, ...] = ()


LaterAssessed.__name__ = EligibilityAssessed.__name__


@pytest.mark.parametrize("kinds", [(EligibilityAssessed, LaterAssessed), (LaterAssessed, EligibilityAssessed)])
async def test_a_command_that_comes_again_to_another_release_is_the_same(tallying: Bench, kinds: Any) -> None:
    """Its answer was lost when the process that took it was replaced."""
    asked = Asked(key="k", caller=own_work("someone"), correlation_id=someone())
    stream, react = patient_stream(someone()), on(tally.Tally, tally.note)
    first, again = [
        await tallying.service.commands.perform(
            react, stream, kind.model_validate(body("a")), asked, reply=lambda done: done.state(tally.Tally)
        )
        for kind in kinds
    ]
    assert (again.body, again.repeated) == (first.body, True)


async def test_a_key_with_another_value_of_a_later_field_is_refused(tallying: Bench) -> None:
    asked = Asked(key="k", caller=own_work("someone"), correlation_id=someone())
    stream, react = patient_stream(someone()), on(tally.Tally, tally.note)
    plain = LaterAssessed.model_validate(body("a"))
    for command, refused in ((plain, False), (plain.model_copy(update={"urgent": True}), True)):
        with pytest.raises(IdempotencyKeyReused) if refused else nullcontext():
            await tallying.service.commands.perform(
                react, stream, command, asked, reply=lambda done: done.state(tally.Tally)
            )


async def test_a_key_with_another_body_is_refused(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    other = await tallying.command(f"/api/{patient}/marks", body("b"), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await assert_published(tallying, ReferralDeclined, patient=patient, times=1)


async def test_a_key_with_another_address_is_refused(tallying: Bench) -> None:
    """The same words about another patient are another command, and must not be taken for done."""
    await tallying.command(f"/api/{someone()}/marks", body("a"), key="k")
    other = await tallying.command(f"/api/{someone()}/marks", body("a"), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_refused_command_leaves_nothing_and_may_be_sent_again(tallying: Bench) -> None:
    patient = someone()
    for _ in range(2):
        refused = await tallying.command(f"/api/{patient}/marks", body("broken"), key="k")
        assert (refused.status_code, refused.json()["code"]) == (409, "broken")
    for table in ("command", "outbox", "outbox_pending", "stream", "tally", "effect", "timer"):
        assert await rows(tallying, table) == 0
    assert (await tallying.command(f"/api/{patient}/marks", body("a"), key="k")).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 201}])
async def test_a_command_needs_a_key(tallying: Bench, headers: dict[str, str]) -> None:
    answer = await tallying.http.post(f"/api/{someone()}/marks", json=body("a"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert await rows(tallying, "command") == 0


async def test_a_bug_behind_a_command_is_a_problem_that_quotes_nothing(tallying: Bench) -> None:
    transport = httpx.ASGITransport(app=tallying.service.app, raise_app_exceptions=False)
    bearing = people.Bearing(people.as_everybody)
    async with httpx.AsyncClient(transport=transport, base_url="http://service", auth=bearing) as http:
        answer = await http.post(f"/api/{someone()}/marks", json=body("bug"), headers={"Idempotency-Key": "k"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Jane" not in answer.text
    assert await rows(tallying, "command") == 0


async def test_a_command_and_its_events_carry_the_callers_correlation_actor_and_trace(tallying: Bench) -> None:
    patient, correlation = someone(), someone()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await tallying.http.post(
        f"/api/{patient}/marks",
        json=body("a"),
        headers={
            "Idempotency-Key": "k",
            "X-Correlation-Id": str(correlation),
            "Carebus-Actor": "somebody else",
            "traceparent": trace,
        },
    )
    async with tallying.service.core.database.connection() as db:
        row = await db.fetchrow(
            "select headers::jsonb ->> 'ce_actor' as actor,"
            " headers::jsonb ->> 'ce_correlationid' as correlation,"
            " headers::jsonb ->> 'traceparent' as trace from outbox"
        )
    assert row is not None
    assert (row["actor"], row["correlation"], row["trace"]) == (str(people.account()), str(correlation), trace)


async def test_what_is_no_trace_context_is_not_handed_on(tallying: Bench) -> None:
    headers = {"Idempotency-Key": "k", "traceparent": "Jane Roe"}
    await tallying.http.post(f"/api/{someone()}/marks", json=body("a"), headers=headers)
    async with tallying.service.core.database.connection() as db:
        assert await db.fetchval("select headers::jsonb ? 'traceparent' from outbox") is False


async def test_while_the_database_is_away_a_command_is_told_so(tmp_path: Any) -> None:
    settings = Settings.model_validate(
        {"database_url": f"postgresql://x:y@127.0.0.1:{free_port()}/none", "kafka_bootstrap_servers": "127.0.0.1:1"}
    )
    service: Service = tally.make(settings)
    await service.core.database.open()
    async with client_of(service) as http:
        answer = await http.post(f"/api/{someone()}/marks", json=body("a"), headers={"Idempotency-Key": "k"})
    await service.core.database.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert answer.headers["content-type"] == "application/problem+json"


REFUSING = {
    "it is read-only, as after a failover": "alter database {0} set default_transaction_read_only = on",
    "it refuses the login": "alter database {0} with allow_connections false",
    "it is not there yet": "alter database {0} rename to {0}_elsewhere",
    "a right is missing": "alter table stream rename to elsewhere",
}


@pytest.mark.parametrize("why", REFUSING)
async def test_a_database_that_can_change_nothing_just_now_is_no_fault_of_the_command(
    tallying: Bench, postgres_url: str, why: str
) -> None:
    database = tallying.service.core.database
    name = database.dsn.rpartition("/")[2]
    admin = await asyncpg.connect(database.dsn if "table" in REFUSING[why] else postgres_url)
    await database.close()  # connections that are open already would go on
    await database.open()
    try:
        await admin.execute(REFUSING[why].format(name))
        answer = await tallying.command(f"/api/{someone()}/marks", body("a"))
    finally:
        if "elsewhere" in REFUSING[why] and "database" in REFUSING[why]:
            await admin.execute(f"alter database {name}_elsewhere rename to {name}")
        await admin.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_command_whose_connection_breaks_is_told_so_and_the_next_one_goes_through(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", body("a"))
    async with tallying.service.core.database.connection() as db:
        own = await db.fetchval("select pg_backend_pid()")
        await db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> $1",
            own,
        )
    answers = [await tallying.command(f"/api/{patient}/marks", body("b"), key="k") for _ in range(10)]
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert answers[-1].json() == {"marks": ["a", "b"]}
    async with tallying.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from effect where stream = $1", patient_stream(patient)) == 2


@pytest.mark.parametrize("text", ["nul \x00 byte", "half a \ud800 character"])
async def test_text_that_no_database_keeps_is_refused_and_nothing_is_kept(tallying: Bench, text: str) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    content = json.dumps(body("placed here")).replace("placed here", json.dumps(text)[1:-1])
    refused = await tallying.http.post(f"/api/{someone()}/marks", content=content, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "text_refused")
    assert await rows(tallying, "command") == await rows(tallying, "outbox") == 0


async def test_what_is_kept_beside_a_command_is_kept_once_and_with_it(tallying: Bench) -> None:
    kept: list[Answer] = []

    async def also(db: Connection, answer: Answer) -> None:
        kept.append(answer)
        if len(kept) == 1:
            raise tally.Broken

    asked, stream = Asked("k", own_work("test"), new_id()), patient_stream(someone())
    for refused in (True, False, False):
        with pytest.raises(tally.Broken) if refused else nullcontext():
            await tallying.service.commands.perform(
                on(tally.Tally, tally.note),
                stream,
                assessed("a"),
                asked,
                lambda done: done.state(tally.Tally),
                also=also,
            )
    assert len(kept) == 2
    assert kept[-1].body == {"marks": ["a"]}
    await assert_published(tallying, ReferralDeclined, times=1)


class Undeclared(PatientEvent):
    """A fact that no contract knows."""


@pytest.mark.parametrize("event", [Undeclared(), example(EpisodeOpened)], ids=["in none", "in another's"])
def test_an_event_that_is_in_no_contract_of_the_service_can_not_be_told(event: Event) -> None:
    def tell(state: tally.Tally, _: BaseModel, __: Cause) -> Decision:
        return changed(state).tells(event)

    stream = patient_stream(someone())
    deciding = Deciding("referral", tables(), {stream: Locked(1)})
    cause = Cause(id=new_id(), stream=stream, now=START, actor="test", correlation_id=new_id(), occurred_at=START)
    with pytest.raises(NotInContract, match="docs/how-to/add-an-event"):
        deciding.decide(Item(on(tally.Tally, tell), assessed("a"), cause))
