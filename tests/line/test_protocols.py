"""A call follows a protocol: answers stay with it, what is proposed goes with the advice, its version stays its own."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.event import Subject
from carebus.contracts.line import CallTriaged, Disposition, Nurse
from carebus.decisions import Cause
from carebus.testing import START, Bench, assert_published
from services.line.domain.calls import Call
from services.line.domain.calls.call import CallClosedAlready
from services.line.domain.calls.following import (
    AnswerQuestions,
    NotFollowed,
    ProtocolUnknown,
    StartProtocol,
    answer_questions,
    start_protocol,
)
from services.line.domain.calls.runs import leading, still_possible
from services.line.domain.protocols import Protocol
from services.line.domain.protocols.typed import AnswerUnfit, answers_of
from tests.line.people import on_the_phone, taken_on
from tests.line.protocols.samples import fever, said

NURSE = Nurse(account="n", name="Noor")
CALL = Call(ringing_at=START, nurse=NURSE)
CAUSE = Cause(uuid4(), Subject.CALL.stream(uuid4()), START, "nurse", uuid4(), START)


def begun(text: Protocol | None, call: Call = CALL, name: str = "fever") -> Call:
    """The call once it follows this."""
    (state,) = start_protocol(call, StartProtocol(nurse=NURSE, protocol=name, text=text), CAUSE).states
    assert isinstance(state, Call)
    return state


def answered(call: Call, text: Protocol, **answers: Any) -> Call:
    """The call with these answers, sent twice."""
    said_so = AnswerQuestions(nurse=NURSE, protocol=text.id, answers=answers, text=text)
    (once,) = answer_questions(call, said_so, CAUSE).states
    assert isinstance(once, Call)
    assert answer_questions(once, said_so, CAUSE).states == (once,)
    return once


def test_a_protocol_begins_with_nothing_proposed_and_all_that_could_be() -> None:
    (run,) = begun(fever()).runs
    assert (run.proposed, run.possible, run.open) == (None, "clinician_now", ("stiff_neck", "degrees", "drinks"))
    with pytest.raises(ProtocolUnknown):
        begun(None)
    with pytest.raises(CallClosedAlready):
        begun(fever(), CALL.but(closed_at=START))


def test_an_answer_that_is_taken_back_is_open_again() -> None:
    call = answered(begun(fever()), fever(), stiff_neck="no", degrees="38")
    assert (call.runs[0].proposed, call.runs[0].open) == ("care_at_home", ())
    back = answered(call, fever(), stiff_neck="", degrees="38")
    assert (back.runs[0].proposed, back.runs[0].open) == (None, ("stiff_neck",))


def test_a_call_goes_on_with_the_version_it_began_with() -> None:
    call = begun(fever())
    again = begun(fever(version=2), call)
    assert [one.version for one in again.runs] == [1]
    with pytest.raises(NotFollowed):
        answered(again, fever(version=2), stiff_neck=True)


def test_of_two_complaints_the_more_urgent_leads_and_neither_hides_what_is_open() -> None:
    other = fever(id="cough", title=said("Cough"))
    call = begun(other, answered(begun(fever()), fever(), stiff_neck=True), "cough")
    lead = leading(call.runs)
    assert lead is not None
    assert lead.protocol == "fever"
    assert still_possible(call.runs) == "clinician_now"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"stiff_neck": "perhaps"}, "answers.stiff_neck"),
        ({"stiff_neck": 1}, "answers.stiff_neck"),
        ({"degrees": "50"}, "answers.degrees"),
        ({"degrees": "38.5"}, "answers.degrees"),
        ({"degrees": "nan"}, "answers.degrees"),
        ({"degrees": True}, "answers.degrees"),
        ({"drinks": "beer"}, "answers.drinks"),
        ({"rash": "yes"}, "answers"),
    ],
)
def test_an_answer_that_is_none_is_refused_at_its_question(typed: dict[str, Any], field: str) -> None:
    with pytest.raises(AnswerUnfit) as why:
        answers_of(fever(), typed)
    assert why.value.field == field
    assert not any(str(value) in str(why.value) for value in typed.values() if isinstance(value, str))


async def test_what_is_proposed_goes_with_the_advice_and_less_needs_a_reason(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    at = f"/api/calls/{call}"
    await line.command(f"{at}/link", {"patient_id": str(patient)})
    assert (await line.command(f"{at}/protocol", {"protocol": "gout"})).json()["code"] == "protocol_unknown"
    assert (await line.command(f"{at}/protocol", {"protocol": "pain"})).status_code == 200
    advice = {"patient_id": str(patient), "disposition": Disposition.CARE_AT_HOME}
    refused = await line.command(f"{at}/triage", advice)
    assert "Questions are open" in refused.json()["detail"]
    kept = await line.command(f"{at}/answers", {"protocol": "pain", "answers": {"hard_belly": True, "score": 5}})
    assert kept.status_code == 200, kept.text
    refused = await line.command(f"{at}/triage", advice)
    assert "something more urgent" in refused.json()["detail"]
    seen = await line.command(f"{at}/triage", {**advice, "proposed": "visit_soon", "because": "x"})
    assert seen.json()["code"] == "answers_changed"
    done = await line.command(f"{at}/triage", {**advice, "because": "The belly is as it was."})
    assert done.status_code == 200, done.text
    (told,) = await assert_published(line, CallTriaged, patient=patient)
    assert (told.subject, told.protocol_version, told.proposed_by) == ("pain", 1, "red_flag")
    assert (told.proposed, len(told.protocol_digest), told.questions_open) == ("clinician_now", 64, 5)
    assert "as it was" not in (await line.http.get("/")).text


async def test_a_nurse_asks_and_is_shown_what_follows_by_forms_alone(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    here = f"/calls/{call}"
    await line.command(f"/api{here}/link", {"patient_id": str(patient)})
    chosen = {"protocol": "breathlessness", "language": "es", "idempotency_key": str(uuid4())}
    assert (await line.http.post(f"{here}/protocol", data=chosen)).status_code == 303
    screen = (await line.http.get(here)).text
    assert "¿Tiene los labios azules o grises, o se desmaya?" in screen
    assert "Nothing is proposed yet" in screen
    wrong = {"protocol": "breathlessness", "answers.when": "flying", "answers.choking": "no"}
    refused = await line.http.post(f"{here}/answers", data={**wrong, "idempotency_key": str(uuid4())})
    assert refused.status_code == 422
    assert "This question is answered with one of as_usual, walking, talking, resting." in refused.text
    said_so = {"protocol": "breathlessness", "answers.choking": "yes", "idempotency_key": str(uuid4())}
    assert (await line.http.post(f"{here}/answers", data=said_so)).status_code == 303
    screen = (await line.http.get(here)).text
    assert "Proposed: Call 911 now" in screen
    assert "Dé cinco golpes entre los omóplatos" in screen


async def test_anybody_of_staff_tries_a_protocol_without_a_call(line: Bench) -> None:
    async with line.as_(AccountRole.COORDINATOR) as http:
        listed = (await http.get("/protocols")).text
        assert "Lena Ames, MD, Noor Haddad, RN" in listed
        tried = await http.post("/protocols/dying/1", data={"answers.breathing": "stopped", "language": "en"})
        assert "Proposed: A visit now" in tried.text
        assert "Do they want CPR" in tried.text
        bad = await http.post("/protocols/dying/1", data={"answers.breathing": "perhaps"})
        assert bad.status_code == 422
        assert (await http.get("/protocols/dying/9")).status_code == 404
        assert (await http.get("/api/protocols")).json()["in_force"][0] == "bleeding/1"
