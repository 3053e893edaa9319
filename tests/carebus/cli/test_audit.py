"""`carebus audit verify` finds what was changed, removed or written anew, in the database or against the topic."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carebus.contracts.audit import beginning_of, hash_of
from carebus.ids import new_id
from carebus.service import Service
from carebus.testing import client_of, people
from tests.carebus.cli.conftest import SERVICE, Carebus, Ended
from tests.carebus.relaying.test_relay import forgotten
from tests.carebus.tallied import body
from tests.carebus.wires import Wire, someone, until

ROWS = 6


@pytest.fixture
async def sealed(at_desk: Wire) -> AsyncIterator[Wire]:
    """A service that has taken commands, sealed their rows two by two, told the topic, and stopped."""
    service = at_desk.service()
    service.provider.trust(people.ISSUER, people.keys())
    async with service.running():
        for _ in range(ROWS // 2):
            await commanded(service, 2)
            await until(lambda: all_sealed(at_desk, service), "the rows are sealed")
        await until(lambda: forgotten(at_desk, service), "all is published")
    await service.core.database.open()
    yield at_desk
    await service.core.database.close()


async def commanded(service: Service, many: int) -> None:
    async with client_of(service) as http:
        for n in range(many):
            told = {"Idempotency-Key": str(new_id())}
            answer = await http.post(f"/api/{someone()}/marks", json=body(f"m{n}"), headers=told)
            assert answer.status_code == 201


async def all_sealed(wire: Wire, service: Service) -> bool:
    return not (await wire.query(service, "select from audit_pending"))


async def do(wire: Wire, *statements: str) -> list[tuple[int, str, str]]:
    """What somebody could do who owns the table; gives the chain as it is then."""
    service = wire.service()
    await service.core.database.open()
    try:
        for sql in ("alter table audit_sealed disable trigger audit_sealed_stays", *statements):
            await wire.query(service, sql)
        rows = await wire.query(service, "select number, hash, content from audit_sealed order by number")
        return [(row["number"], row["hash"], row["content"]) for row in rows]
    finally:
        await service.core.database.close()


def faults(ended: Ended) -> list[tuple[str, int]]:
    return [(fault["what"], fault["at"]) for fault in ended.json["faults"]]


async def test_a_chain_that_nobody_touched_is_whole_and_on_the_topic(sealed: Wire, carebus: Carebus) -> None:
    ended = await carebus("audit", "verify", SERVICE, "--json")
    assert (ended.code, faults(ended), ended.json["rows"], ended.json["pending"]) == (0, [], ROWS, 0)
    assert ended.json["batches"] == ended.json["witnessed"] >= 3
    assert (await carebus("audit", "verify", SERVICE)).out.splitlines()[-1] == "faults 0"


async def test_a_changed_row_is_found(sealed: Wire, carebus: Carebus) -> None:
    await do(sealed, "update audit_sealed set content = replace(content, 'command', 'read') where number = 3")
    ended = await carebus("audit", "verify", SERVICE, "--json")
    assert (ended.code, faults(ended)) == (1, [("row_changed", 3)])
    assert "row 3 is not what was sealed" in (await carebus("audit", "verify", SERVICE)).out


async def test_a_removed_row_is_found(sealed: Wire, carebus: Carebus) -> None:
    await do(sealed, "delete from audit_sealed where number = 3")
    assert ("rows_missing", 3) in faults(await carebus("audit", "verify", SERVICE, "--json"))


async def test_a_removed_tail_is_found_by_the_topic_only(sealed: Wire, carebus: Carebus) -> None:
    await do(sealed, "delete from audit_sealed where batch = (select max(batch) from audit_sealed)")
    alone = await carebus("audit", "verify", SERVICE, "--json", "--without-topic")
    assert (alone.code, faults(alone), alone.json["witnessed"]) == (0, [], None)
    ended = await carebus("audit", "verify", SERVICE, "--json")
    assert (ended.code, [what for what, _ in faults(ended)]) == (1, ["batch_missing"])


async def test_a_whole_chain_that_was_written_anew_is_found_by_the_topic_only(sealed: Wire, carebus: Carebus) -> None:
    previous, anew = beginning_of("tally"), list[str]()
    for number, _, content in await do(sealed):
        changed = content.replace('"outcome"', '"x"').replace("EligibilityAssessed", "NothingMuch")
        hashed = hash_of(previous, number, changed)
        anew.append(
            f"update audit_sealed set content = '{changed}', previous = '{previous}', hash = '{hashed}'"
            f" where number = {number}"
        )
        previous = hashed
    await do(sealed, *anew)
    alone = await carebus("audit", "verify", SERVICE, "--json", "--without-topic")
    assert (alone.code, faults(alone)) == (0, [])
    ended = await carebus("audit", "verify", SERVICE, "--json")
    assert ended.code == 1
    assert {what for what, _ in faults(ended)} == {"rewritten"}
    assert len(faults(ended)) == ended.json["batches"]


async def test_status_shows_the_head_of_the_chain(sealed: Wire, carebus: Carebus) -> None:
    whole = await carebus("audit", "verify", SERVICE, "--json")
    ended = await carebus("status", "--json")
    assert ended.json[0]["audit"]["hash"] == whole.json["head"]
    assert f"has sealed {ROWS} rows of its audit" in (await carebus("status")).out
