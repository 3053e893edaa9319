"""A command's row is in its own transaction; what a service does of its own accord or on hearing has none."""

from __future__ import annotations

from carebus.access import OUTSIDER, STAFF, Caller, own_work
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Asked
from carebus.decisions import on
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.testing import Bench
from tests.carebus import tally
from tests.carebus.audited import pending, told
from tests.carebus.tallied import body, rows
from tests.carebus.wires import assessed, someone

REACT = on(tally.Tally, tally.note)


async def test_a_command_is_a_row_and_a_repeated_one_none(tallying: Bench) -> None:
    patient = someone()
    for _ in range(2):
        await tallying.command(f"/api/{patient}/marks", body("a"), key="k")
    [row] = await pending(tallying)
    assert (row.kind, row.name, row.patients, row.outcome) == ("command", "EligibilityAssessed", (patient,), "done")


async def test_a_command_that_the_domain_refuses_leaves_no_row(tallying: Bench) -> None:
    answer = await tallying.command(f"/api/{someone()}/marks", body("broken"))
    assert answer.status_code == 409
    assert await pending(tallying) == []


async def test_events_heard_are_no_rows(tallying: Bench) -> None:
    await tallying.hears(assessed("a"), patient=someone(), times=2)
    assert await rows(tallying, "outbox") == 1
    assert await pending(tallying) == []


async def test_a_services_own_work_is_no_row(tallying: Bench) -> None:
    asked = Asked(key="k", caller=own_work("mail"), correlation_id=new_id())
    await tallying.service.commands.perform(
        REACT, patient_stream(someone()), assessed("a"), asked, reply=lambda done: done.state(tally.Tally)
    )
    assert await pending(tallying) == []


async def test_of_many_at_once_each_done_and_each_denied_is_a_row_and_a_refused_one_none(tallying: Bench) -> None:
    ours, broken = patient_stream(someone()), patient_stream(someone())
    commands = tallying.service.commands
    everybody = Caller(account=new_id(), roles=STAFF)
    for caller, marks in ((everybody, ((ours, "a"), (broken, "broken"))), (OUTSIDER, ((ours, "b"),))):
        asked = Asked(None, caller, new_id())
        items = [(REACT, assessed(mark), commands.cause(stream, asked, "x")) for stream, mark in marks]
        await commands.perform_each(items, settle, caller)
    assert [(kind, outcome) for kind, _, _, _, outcome in await told(tallying)] == [
        ("command", "done"),
        ("denial", "sign_in_needed"),
    ]


async def settle(_: Connection, __: object) -> None:
    """Keeps nothing."""
