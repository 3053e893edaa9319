"""News of a death holds care at once; dismissed, everything is as if it had never been said; confirmed, care ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    EndReason,
    EpisodeEnded,
    Phase,
    VisitCancelled,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.notifications import MessageChannel, NotificationSent, Topic
from carebus.decisions import Cause
from carebus.testing import START, Bench, assert_published
from services.care_plan.api.episode.commands import ACTS
from services.care_plan.domain.care import CareOnHold
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.episode.ending import EndEpisode
from services.care_plan.domain.episode.holding import ConfirmDeath, DismissDeath, ReportDeath
from services.care_plan.domain.episode.told import Told, note_message
from tests.care_plan.clinic import Clinic, full_clinic
from tests.care_plan.people import accepted, due_visits, staff

PATIENT = 1
STREAM = patient_stream(UUID(int=PATIENT))
NEVER_SAID = DismissDeath(reason_text="Another person of this name.")


def sent(topic: Topic, at: datetime) -> NotificationSent:
    """The mail server took over a message to the family."""
    ids = {"notification_id": uuid5(NAMESPACE_OID, f"{topic} {at}"), "contact_id": UUID(int=5)}
    return NotificationSent(
        **ids, topic=topic, channel=MessageChannel.EMAIL, message_id="<1@clinic>", attempts=1, sent_at=at
    )


async def in_care(bench: Bench) -> UUID:
    await staff(bench)
    patient = uuid4()
    await bench.hears(accepted(), patient=patient)
    return patient


async def test_a_reported_death_holds_at_once_and_refuses_visits_with_a_sentence(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    (visit,) = await due_visits(care_plan)
    answer = await care_plan.command(
        f"/api/patients/{patient}/report-death", {"source": "family", "note": "Last night"}
    )
    assert (answer.status_code, answer.json()["on_hold"]) == (200, True)
    (held,) = await assert_published(care_plan, CareHeld, patient=patient, times=1)
    assert (held.source, held.held_at) == ("family", care_plan.now())
    await assert_published(care_plan, VisitCancelled, patient=patient, times=0)
    assert [one["visit_id"] for one in await due_visits(care_plan)] == [visit["visit_id"]]
    await care_plan.passes(days=7)
    refused = await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "care_on_hold")
    assert "death was reported" in refused.json()["detail"]
    await assert_published(care_plan, VisitOverdue, patient=patient, times=0)


async def test_said_again_it_changes_nothing(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    for source in ("family", "hospital", "family"):
        await care_plan.command(f"/api/patients/{patient}/report-death", {"source": source})
    await assert_published(care_plan, CareHeld, patient=patient, times=1)


async def test_confirmed_care_ended_on_the_day_of_the_death(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await care_plan.passes(days=2)
    path = f"/api/patients/{patient}"
    day = care_plan.now().date()
    assert (await care_plan.command(f"{path}/confirm-death", {"died_on": day.isoformat()})).json()[
        "code"
    ] == "not_on_hold"
    await care_plan.command(f"{path}/report-death", {"source": "family"})
    tomorrow = (day + timedelta(days=1)).isoformat()
    assert (await care_plan.command(f"{path}/confirm-death", {"died_on": tomorrow})).status_code == 422
    await care_plan.command(f"{path}/confirm-death", {"died_on": day.isoformat()})
    (ended,) = await assert_published(care_plan, EpisodeEnded, patient=patient, times=1)
    assert (ended.reason, ended.ended_on, ended.source) == (EndReason.DIED, day, "family")
    await assert_published(care_plan, VisitCancelled, patient=patient, times=1)
    await care_plan.command(f"{path}/report-death", {"source": "hospital"})
    await assert_published(care_plan, CareHeld, patient=patient, times=1)
    page = (await care_plan.http.get(f"/patients/{patient}", headers={"accept": "text/html"})).text
    assert "Died 4 Mar 2026" in page


async def test_dismissed_what_came_due_meanwhile_comes_now(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await care_plan.command(f"/api/patients/{patient}/report-death", {"source": "hospital"})
    await care_plan.passes(days=20)
    await care_plan.command(f"/api/patients/{patient}/dismiss-death", {"reason_text": "Somebody else."})
    await assert_published(care_plan, CareResumed, patient=patient, times=1)
    await care_plan.passes(seconds=1)
    await assert_published(care_plan, VisitOverdue, patient=patient, times=1)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.integers(1, 200)),
        st.tuples(st.just("visits"), st.sampled_from([*Phase, None])),
        st.tuples(st.just("reports"), st.none()),
        st.tuples(st.just("ends"), st.none()),
    ),
    max_size=14,
)


def told_to_families(clinic: Clinic) -> list[Event]:
    """What families hear of: visits that are planned or changed."""
    return [event for stream, event in clinic.told if stream == STREAM and type(event).__name__.startswith("Visit")]


def step(clinic: Clinic, what: str, how: object, *, hold: bool) -> None:
    care = clinic.cares[STREAM]
    if what == "passes":
        assert isinstance(how, int)
        clinic.passes(timedelta(hours=how))
    elif what == "visits" and care.in_care and not care.holds and care.planned:
        clinic.complete(PATIENT, how if isinstance(how, Phase) else None)
    elif what == "reports" and hold and care.in_care:
        clinic.decide(ACTS["report-death"].reaction, STREAM, ReportDeath(source="family"))
        clinic.plan()
    elif what == "ends" and care.in_care and not care.holds:
        clinic.decide(ACTS["end"].reaction, STREAM, EndEpisode(reason=EndReason.DISCHARGED))
        clinic.plan()


@settings(max_examples=80, deadline=None)
@given(STEPS, st.integers(0, 14))
def test_after_a_death_anywhere_in_a_history_nothing_goes_out(steps: list[tuple[str, object]], when: int) -> None:
    clinic = full_clinic()
    clinic.take_on(PATIENT)
    for what, how in steps[:when]:
        step(clinic, what, how, hold=False)
    if clinic.cares[STREAM].in_care:
        clinic.decide(ACTS["report-death"].reaction, STREAM, ReportDeath(source="family"))
    before = told_to_families(clinic)
    for what, how in steps[when:]:
        step(clinic, what, how, hold=True)
    assert told_to_families(clinic) == before
    if clinic.cares[STREAM].holds:
        died = ConfirmDeath(died_on=day_of(clinic.cares[STREAM], clinic.now))
        clinic.decide(ACTS["confirm-death"].reaction, STREAM, died)
        clinic.passes(timedelta(days=60))
        after = told_to_families(clinic)[len(before) :]
        assert {type(event) for event in after} <= {VisitCancelled}
        assert not [key for key in clinic.timers if key[0] == STREAM and not key[1].startswith("sign/")]


@settings(max_examples=80, deadline=None)
@given(STEPS, st.integers(0, 14), st.integers(0, 400))
def test_a_dismissed_death_equals_a_history_without_it(steps: list[tuple[str, object]], when: int, hours: int) -> None:
    """While it holds nobody acts but the clock; then what is known and told is the same, but for holding itself."""
    clinics = [full_clinic(), full_clinic()]
    for clinic in clinics:
        clinic.take_on(PATIENT)
        for what, how in steps[:when]:
            step(clinic, what, how, hold=False)
    held, plain = clinics
    was_in_care = held.cares[STREAM].in_care
    if was_in_care:
        held.decide(ACTS["report-death"].reaction, STREAM, ReportDeath(source="family"))
    for clinic in clinics:
        clinic.passes(timedelta(hours=hours))
    if was_in_care:
        held.decide(ACTS["dismiss-death"].reaction, STREAM, NEVER_SAID)
    for clinic in clinics:
        clinic.passes(timedelta(0))
    assert held.cares[STREAM] == plain.cares[STREAM]
    assert {key: wake.at for key, wake in held.timers.items()} == {key: wake.at for key, wake in plain.timers.items()}
    told = [event for _, event in held.told if not isinstance(event, CareHeld | CareResumed)]
    assert sorted(map(repr, told)) == sorted(repr(event) for _, event in plain.told)


def test_a_visit_is_refused_while_care_is_held() -> None:
    clinic = full_clinic()
    clinic.take_on(PATIENT)
    clinic.decide(ACTS["report-death"].reaction, STREAM, ReportDeath(source="family"))
    with pytest.raises(CareOnHold):
        clinic.complete(PATIENT, Phase.STABLE)
    assert clinic.count(VisitScheduled)[STREAM] == 1


async def test_what_left_for_the_family_by_then_is_listed_where_the_news_is_dismissed(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    page, html = f"/patients/{patient}/change", {"accept": "text/html"}
    before = care_plan.now()
    await care_plan.passes(days=2)
    for topic, at in ((Topic.CARE_TEAM, before), (Topic.VISIT_PLANNED, care_plan.now())):
        await care_plan.hears(sent(topic, at), patient=patient)
    await care_plan.command(f"/api/patients/{patient}/report-death", {"source": "family"})
    shown = (await care_plan.http.get(page, headers=html)).text
    assert "a visit that is planned, moved or cancelled" in shown
    assert "the care team</li>" not in shown
    await care_plan.command(f"/api/patients/{patient}/dismiss-death", {"reason_text": "Another person."})
    died_on = before.date().isoformat()
    await care_plan.command(f"/api/patients/{patient}/report-death", {"source": "family", "died_on": died_on})
    assert "the care team</li>" in (await care_plan.http.get(page, headers=html)).text


async def test_where_nothing_left_the_page_says_so(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await care_plan.command(f"/api/patients/{patient}/report-death", {"source": "family"})
    shown = (await care_plan.http.get(f"/patients/{patient}/change", headers={"accept": "text/html"})).text
    assert "Nothing has left for the family or other doctors since" in shown


@given(st.permutations(range(5)))
def test_messages_are_kept_in_the_order_of_leaving_each_once(order: list[int]) -> None:
    told, heard = Told(), Cause(uuid4(), STREAM, START, "test", uuid4(), START)
    for n in [*order, *order]:
        decision = note_message(told, sent(Topic.VISIT_DONE, START + timedelta(hours=n)), heard)
        told = next((state for state in decision.states if isinstance(state, Told)), told)
    assert [one.sent_at for one in told.messages] == [START + timedelta(hours=n) for n in range(5)]
