"""Contradictions: found once per pair, shown with both sides, the later first, and settled by a person who asked."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.access import AccountRole
from carebus.contracts.care_plan import (
    CarePlanRevised,
    InterventionKind,
    PlanGoal,
    PlanIntervention,
    PlanOfCare,
    PlanOwner,
)
from carebus.contracts.event import patient_stream
from carebus.contracts.line import CallTriaged, HospitalAdvice
from carebus.contracts.wishes import (
    CHOICES,
    Choice,
    PreferenceConflictDetected,
    PreferenceConflictSettled,
    Side,
    SideKind,
    WishTopic,
    contradict,
)
from carebus.testing import START, Bench, assert_published
from services.wishes.domain.conflicts.detecting import pairs_of
from tests.examples import example
from tests.wishes.people import done, filed_one, stands, taken_on
from tests.wishes.test_conversations import held

STATEMENTS = [(topic, choice) for topic, choices in CHOICES.items() for choice in choices]
DAY = date(2026, 3, 1)


def side(kind: SideKind, topic: WishTopic, choice: Choice, of: int = 0, on: date = DAY) -> Side:
    """A side of a conflict, or of none."""
    return Side(kind=kind, of=UUID(int=of), topic=topic, choice=choice, stated_on=on)


def planned(kind: InterventionKind, code: str = "", *, at_home: bool = False) -> CarePlanRevised:
    """A plan with one thing to be done, and maybe the goal to be at home."""
    owner = PlanOwner(name="R. Ames")
    thing = PlanIntervention(
        intervention_id=UUID(int=70), kind=kind, text="As planned", equipment_code=code, owner=owner
    )
    goal = PlanGoal(goal_id=UUID(int=71), words="To be at home.", at_home=at_home, owner=owner)
    return example(CarePlanRevised, plan=PlanOfCare(goals=(goal,), interventions=(thing,)), revised_at=START)


async def opened(wishes: Bench, patient: UUID) -> list[dict[str, Any]]:
    """The conflicts that nobody has settled."""
    return [one for one in (await stands(wishes, patient))["conflicts"] if one["outcome"] is None]


def test_every_pair_of_statements_is_a_conflict_or_is_none_by_the_contracts_table() -> None:
    for one, other in product(STATEMENTS, STATEMENTS):
        sides = [side(SideKind.DOCUMENT, *one, of=1), side(SideKind.CONVERSATION, *other, of=2)]
        assert len(pairs_of(sides)) == contradict(one, other), (one, other)
        assert pairs_of(sides) == pairs_of(sides[::-1])


def test_two_choices_of_one_topic_can_not_both_be_followed_but_for_any_place() -> None:
    for topic, choices in CHOICES.items():
        for one, other in combinations(choices, 2):
            assert contradict((topic, one), (topic, other)) == (Choice.ANYWHERE not in (one, other))


def test_nothing_contradicts_itself_and_an_order_does_not_contradict_equipment() -> None:
    assert not any(contradict(one, one) for one in STATEMENTS)
    order = side(SideKind.ORDER, WishTopic.HOSPITAL, Choice.HOSPITAL_IF_NEEDED, of=1)
    assert pairs_of([order, side(SideKind.ADVICE, WishTopic.HOSPITAL, Choice.NO_HOSPITAL, of=2)]) == ()


@given(st.lists(st.tuples(st.sampled_from(STATEMENTS), st.integers(1, 6), st.integers(0, 400)), max_size=12))
def test_pairs_are_the_same_in_any_order_each_once_the_later_first(
    said: list[tuple[tuple[WishTopic, Choice], int, int]],
) -> None:
    sides = list(
        {
            (of, what[0]): side(SideKind.DOCUMENT, *what, of=of, on=DAY - timedelta(days=ago)) for what, of, ago in said
        }.values()
    )
    found = pairs_of(sides)
    assert found == pairs_of(sides[::-1])
    assert len({one.conflict_id for one in found}) == len(found)
    assert all(one.first.stated_on >= one.second.stated_on for one in found)


async def test_two_checked_orders_that_differ_are_both_shown_the_later_first_and_a_person_is_asked(
    wishes: Bench,
) -> None:
    patient = await taken_on(wishes)
    for signed_on, choice in (("2026-01-10", "no_cpr"), ("2026-02-10", "attempt_cpr")):
        await filed_one(wishes, patient, says={"cpr": choice}, signed_on=signed_on)
    for document in (await stands(wishes, patient))["documents"]:
        await done(
            wishes, patient, "verify", document_id=document["document_id"], version=1, gone_through_with="patient"
        )
    told = await stands(wishes, patient)
    assert [one["statement"]["choice"] for one in told["topics"][0]["known"]] == ["attempt_cpr", "no_cpr"]
    assert told["topics"][0]["contested"]
    page = (await wishes.http.get(f"/patients/{patient}")).text
    assert "These can’t both be followed" in page
    assert "Contested: ask" in page
    (conflict,) = await assert_published(wishes, PreferenceConflictDetected, patient=patient)
    assert (conflict.first.choice, conflict.second.choice) == (Choice.ATTEMPT_CPR, Choice.NO_CPR)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (planned(InterventionKind.HOSPITAL), SideKind.ORDER),
        (planned(InterventionKind.EQUIPMENT, "b9002"), SideKind.EQUIPMENT),
        (example(CallTriaged, hospital=HospitalAdvice.AMBULANCE, triaged_at=START), SideKind.ADVICE),
    ],
)
async def test_what_others_plan_or_advise_against_a_wish_is_told_once(
    wishes: Bench, event: Any, kind: SideKind
) -> None:
    patient = await taken_on(wishes)
    answers = [
        {"question": "hospital", "choice": "no_hospital"},
        {"question": "nutrition", "choice": "no_feeding_tube"},
    ]
    await held(wishes, patient, answers=answers)
    await wishes.hears(event, stream=patient_stream(patient), times=2)
    (told,) = await assert_published(wishes, PreferenceConflictDetected, patient=patient)
    assert {told.first.kind, told.second.kind} == {kind, SideKind.CONVERSATION}


async def test_a_goal_to_be_at_home_contradicts_a_wish_for_hospital_and_is_gone_with_the_goal(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=[{"question": "hospital", "choice": "hospital_if_needed"}])
    stream = patient_stream(patient)
    await wishes.hears(planned(InterventionKind.VISIT, at_home=True), stream=stream)
    found = await wishes.published(PreferenceConflictDetected, patient=patient)
    assert found
    await wishes.hears(planned(InterventionKind.VISIT), stream=stream)
    gone = await wishes.published(PreferenceConflictSettled, patient=patient)
    assert {one.conflict_id for one in gone} == {one.conflict_id for one in found}
    assert all(one.gone for one in gone)
    assert await opened(wishes, patient) == []


async def test_settled_stays_settled_when_the_plan_is_revised_and_what_lost_is_put_aside(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await filed_one(wishes, patient, says={"cpr": "attempt_cpr"}, signed_on="2025-01-10")
    await held(wishes, patient, answers=[{"question": "cpr", "choice": "no_cpr"}])
    (one,) = await opened(wishes, patient)
    said = {"outcome": "first_stands", "asked": "The patient", "because": "She means it."}
    await done(wishes, patient, "settle", conflict_id=one["conflict_id"], **said)
    await wishes.hears(planned(InterventionKind.VISIT), stream=patient_stream(patient))
    told = await stands(wishes, patient)
    assert [each["statement"]["choice"] for each in told["topics"][0]["known"]] == ["no_cpr"]
    assert not told["topics"][0]["contested"]
    await assert_published(wishes, PreferenceConflictDetected, patient=patient)
    await assert_published(wishes, PreferenceConflictSettled, patient=patient)
    again = await wishes.command(f"/api/patients/{patient}/settle", {"conflict_id": one["conflict_id"], **said})
    assert again.status_code == 404


async def test_a_settlement_says_who_was_asked_at_its_fields(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await filed_one(wishes, patient, says={"cpr": "attempt_cpr"})
    await held(wishes, patient)
    one = (await opened(wishes, patient))[0]
    form = {"conflict_id": one["conflict_id"], "outcome": "first_stands", "because": "Because."}
    answer = await wishes.http.post(f"/patients/{patient}/settle", data=form)
    assert answer.status_code == 422
    assert "Who was asked" in answer.text
    assert 'value="Because."' in answer.text


async def test_a_nurse_sees_a_conflict_and_leaves_it_to_a_doctor(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await filed_one(wishes, patient, says={"cpr": "attempt_cpr"})
    await held(wishes, patient)
    async with wishes.as_(AccountRole.NURSE) as nurse:
        page = (await nurse.get(f"/patients/{patient}")).text
        assert "A doctor or advanced practice provider asks" in page
        body = {"conflict_id": str(uuid4()), "outcome": "first_stands", "asked": "x", "because": "x"}
        refused = await nurse.post(f"/api/patients/{patient}/settle", json=body, headers={"Idempotency-Key": "k"})
        assert refused.status_code in (403, 404)
