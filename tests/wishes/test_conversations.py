"""Conversations by a guide: step by step, stopped and taken up again; what nobody said is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts.wishes import AcpConversationHeld, WishesSummarised, WishTopic
from carebus.testing import START, Bench, assert_published
from tests.wishes.people import done, stands, taken_on

CHOSEN = [
    {"question": "cpr", "choice": "no_cpr", "words": "Let me go."},
    {"question": "treatment", "choice": "comfort_only"},
]


async def begun(wishes: Bench, patient: UUID, **said: Any) -> str:
    """A conversation under way; gives the address of its page."""
    form = {"present": ["patient"], "language": "en", "idempotency_key": str(uuid4()), **said}
    answer = await wishes.http.post(f"/patients/{patient}/conversations", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def step(wishes: Bench, page: str, name: str, then: str = "on", **said: str) -> Any:
    """What was said in one step."""
    typed = {f"said.{key.replace('__', '.')}": text for key, text in said.items()}
    form = {"step": name, "then": then, "idempotency_key": str(uuid4()), **typed}
    return await wishes.http.post(page, data=form)


async def held(wishes: Bench, patient: UUID, **said: Any) -> Any:
    """A whole conversation, as a program tells it."""
    body = {"present": ["patient"], "answers": CHOSEN, **said}
    return await wishes.command(f"/api/patients/{patient}/conversations", body)


async def test_a_conversation_is_stopped_taken_up_again_and_held(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    page = await begun(wishes, patient)
    await step(wishes, page, "what_matters", goals__words="To be in my garden.")
    assert (await step(wishes, page, "treatment", "stop", cpr__choice="no_cpr")).status_code == 303
    assert "Take it up again" in (await wishes.http.get(f"/patients/{patient}")).text
    again = (await wishes.http.get(page)).text
    assert 'value="no_cpr" checked' in again.replace('"no_cpr"  checked', '"no_cpr" checked')
    assert await wishes.published(AcpConversationHeld, patient=patient) == []
    await step(wishes, page, "places", "end", hospital__choice="no_hospital")
    (told,) = await assert_published(wishes, AcpConversationHeld, patient=patient)
    assert told.matters_most == "To be in my garden."
    assert {one.topic: one.choice for one in told.statements} == {"cpr": "no_cpr", "hospital": "no_hospital"}
    assert (await step(wishes, page, "places")).status_code == 409


async def test_what_was_not_said_is_a_task_with_a_date_and_never_looks_like_a_no(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=[*CHOSEN, {"question": "nutrition", "ask_by": "2026-03-20"}])
    waits = {one["topic"]: one["ask_by"] for one in (await stands(wishes, patient))["not_known"]}
    assert waits.keys() == set(WishTopic) - {WishTopic.CPR, WishTopic.TREATMENT}
    assert waits["nutrition"] == "2026-03-20"
    page = (await wishes.http.get(f"/patients/{patient}")).text
    assert "Not known: to be asked by" in page
    assert "No feeding by tube" not in page.partition("Documents")[0]


async def test_what_is_said_later_takes_the_place_of_what_was_said_before(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient)
    await wishes.passes(days=3)
    await held(wishes, patient, answers=[{"question": "cpr", "choice": "attempt_cpr"}])
    known = {one["topic"]: one["known"] for one in (await stands(wishes, patient))["topics"]}
    assert [one["statement"]["choice"] for one in known["cpr"]] == ["attempt_cpr"]
    assert [one["statement"]["choice"] for one in known["treatment"]] == ["comfort_only"]
    told = (await wishes.published(WishesSummarised, patient=patient))[-1]
    assert told.last_conversation_on == (START + timedelta(days=3)).date()
    assert told.review_due_on == told.last_conversation_on + timedelta(days=365)


async def test_an_agent_speaks_only_while_the_patient_can_not_decide(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    today = START.date().isoformat()
    await done(wishes, patient, "appoint", full_name="Ana Núñez", appointed_on=today)
    spoken = {"present": ["agent"], "by_agent": True}
    refused = await held(wishes, patient, **spoken)
    assert (refused.status_code, refused.json()["code"]) == (409, "agent_does_not_decide")
    await done(wishes, patient, "incapacity", since=today, because="She does not wake up.")
    assert (await held(wishes, patient, **spoken)).status_code == 200
    known = (await stands(wishes, patient))["topics"][0]["known"][0]
    assert known["by_agent"]
    await done(wishes, patient, "capacity")
    assert (await held(wishes, patient, **spoken)).status_code == 409


async def test_what_was_given_up_stands_nowhere(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    page = await begun(wishes, patient)
    await step(wishes, page, "treatment", cpr__choice="no_cpr")
    answer = await wishes.http.post(f"{page}/give-up", data={"because": "The wrong patient."})
    assert answer.status_code == 303
    assert (await stands(wishes, patient))["topics"] == []
    assert (await step(wishes, page, "treatment", cpr__choice="no_cpr")).status_code == 409


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"step": "treatment", "said.cpr.choice": "maybe"}, 422),
        ({"step": "treatment", "said.cpr.ask_by": "soon"}, 422),
        ({"step": "treatment", "said.cpr.ask_by": "1999-01-01"}, 422),
        ({"step": "treatment", "said.cpr.words": "x" * 5000}, 422),
        ({"step": "treatment", "said.cpr.choice": "at_home"}, 422),
        ({"step": "nowhere", "said.cpr.choice": "no_cpr"}, 303),
        ({"said": "x"}, 303),
        ({"said.cpr": "x"}, 303),
        ({}, 303),
    ],
)
async def test_odd_answers_are_refused_where_they_were_given_and_what_was_typed_is_kept(
    wishes: Bench, form: dict[str, str], status: int
) -> None:
    patient = await taken_on(wishes)
    page = await begun(wishes, patient)
    answer = await wishes.http.post(page, data={**form, "said.cpr_note": "kept", "then": "on"})
    assert answer.status_code == status, answer.text
    if status == 422:
        assert 'class="error"' in answer.text
        typed = next(text for name, text in form.items() if name.startswith("said."))
        assert typed in answer.text or typed in ("maybe", "at_home")


async def test_who_takes_part_is_said_first(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    answer = await wishes.http.post(f"/patients/{patient}/conversations", data={"present": ["family"]})
    assert answer.status_code == 422
    assert "Say who took part" in answer.text


@pytest.mark.parametrize(("language", "words"), [("en", "What matters to you"), ("es", "Lo que le importa a usted")])
async def test_the_summary_to_take_along_speaks_the_patients_language(wishes: Bench, language: str, words: str) -> None:
    patient = await taken_on(wishes, language=language)
    await held(wishes, patient, answers=[*CHOSEN, {"question": "goals", "words": "El jardín."}])
    page = (await wishes.http.get(f"/patients/{patient}/summary")).text
    assert words in page
    assert f'lang="{language}"' in page
    assert "El jardín." in page
