"""`carebus trace` on a real topic: one request's events in order, bodies only when asked for, and then recorded."""

from __future__ import annotations

from carebus.contracts.event import patient_stream
from carebus.ids import new_id
from tests.carebus.cli.conftest import Carebus
from tests.carebus.wires import Wire, headers, someone
from tests.told import accepted, contact, declined


async def test_a_cause_comes_before_its_effects_and_repeats_are_told_once(at_desk: Wire, carebus: Carebus) -> None:
    patient = someone()
    async with at_desk.service().running():
        await at_desk.tell(patient, "a")
        (answer,) = await at_desk.published(wait_for=1)
    correlation = dict(answer.headers)["ce_correlationid"].decode()
    await at_desk.put(answer.value, list(answer.headers))
    ended = await carebus("trace", correlation, "--json")
    assert ended.code == 0
    assert [(one["service"], one["type"]) for one in ended.json] == [
        ("referral", "EligibilityAssessed"),
        ("tally", "ReferralDeclined"),
    ]
    first, second = ended.json
    assert second["caused_by"] == first["event_id"]
    assert {one["stream"] for one in ended.json} == {patient_stream(patient)}
    assert "body" not in first
    assert first["event_id"] in (await carebus("trace", correlation)).out


async def test_bodies_are_shown_only_when_asked_for_and_that_is_recorded(at_desk: Wire, carebus: Carebus) -> None:
    patient, event = someone(), accepted(told=contact())
    told = headers(event, patient, 1)
    correlation = dict(told)["ce_correlationid"].decode()
    await at_desk.put(event.model_dump_json().encode(), told)
    await at_desk.put(declined().model_dump_json().encode(), headers(declined(), patient, 2))
    hidden = await carebus("trace", correlation)
    assert "ReferralAccepted" in hidden.out
    assert "Delgado" not in hidden.out
    seen = await carebus("trace", correlation, "--show-phi", "--actor", "nina", "--because", "complaint 7")
    assert "Delgado" in seen.out
    service = at_desk.service()
    await service.core.database.open()
    rows = await at_desk.query(service, "select actor, act, target, because, events from operator_act")
    await service.core.database.close()
    assert [tuple(row.values()) for row in rows] == [("nina", "trace --show-phi", correlation, "complaint 7", 1)]


async def test_what_is_on_no_topic_is_exit_code_1(at_desk: Wire, carebus: Carebus) -> None:
    ended = await carebus("trace", str(new_id()))
    assert (ended.code, ended.out) == (1, "no event of this correlation id is on the topics\n")
    assert (await carebus("trace", "nonsense")).code == 2
