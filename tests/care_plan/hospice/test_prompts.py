"""When a clinician is prompted to talk about hospice, and what becomes of a prompt."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.contracts.care_plan import (
    CareResumed,
    HospiceEntryWithdrawn,
    HospicePromptConfirmed,
    HospicePromptDismissed,
    HospicePrompted,
    HospicePromptWithdrawn,
)
from carebus.contracts.line import AdmissionWithdrawn
from carebus.contracts.wishes import Choice
from services.care_plan.domain.hospice.state import EntryUnknown, Stage
from tests.care_plan.hospice.ways import Way, admission, wishes
from tests.examples import example


def test_a_terminal_phase_prompts_once_however_often_it_is_found(way: Way) -> None:
    way.finds(phase="terminal", akps=20)
    assert {one.rule for one in way.told(HospicePrompted)} == {"terminal_phase", "low_function"}
    way.passes(days=2)
    way.finds(phase="terminal", akps=20)
    assert len(way.told(HospicePrompted)) == 2
    assert way.hospice.stage is Stage.PROMPTED


def test_a_prompt_names_its_rule_and_what_it_rests_on(way: Way) -> None:
    way.finds(phase="deteriorating", akps=40)
    (told,) = way.told(HospicePrompted)
    assert (told.rule, told.ruleset) == ("low_function", "hospice_prompts/1")
    assert told.evidence == ("akps=40", "phase=deteriorating")


@pytest.mark.parametrize(
    ("found", "prompts"),
    [
        ({"phase": "stable", "akps": 40}, 0),
        ({"phase": "unstable", "akps": 50}, 0),
        ({"phase": "unstable"}, 0),
        ({"akps": 40}, 0),
        ({"phase": "unstable", "akps": 40}, 1),
        ({"phase": "terminal"}, 1),
    ],
)
def test_what_is_not_known_is_no_reason(way: Way, found: dict[str, Any], prompts: int) -> None:
    way.finds(**found)
    assert len(way.told(HospicePrompted)) == prompts


def test_two_stays_in_hospital_prompt_and_one_taken_back_withdraws_it(way: Way) -> None:
    way.finds(phase="unstable", akps=60)
    first, second = admission(way), admission(way)
    for heard in (first, first, second, second):
        way.clinic.hears(1, heard)
    (told,) = way.told(HospicePrompted)
    assert told.rule == "repeated_stays"
    for _ in range(2):
        way.clinic.hears(1, example(AdmissionWithdrawn, stay_id=second.stay_id))
    (gone,) = way.told(HospicePromptWithdrawn)
    assert gone.prompt_id == told.prompt_id
    assert way.hospice.stage is Stage.NONE


def test_stays_of_more_than_six_months_ago_do_not_count(way: Way) -> None:
    way.clinic.hears(1, admission(way))
    way.passes(days=190)
    way.clinic.hears(1, admission(way))
    way.finds(phase="unstable", akps=60)
    assert way.told(HospicePrompted) == []


def test_a_wish_for_comfort_prompts_and_a_contested_one_does_not(way: Way) -> None:
    way.clinic.hears(1, wishes(way, Choice.COMFORT_ONLY, contested=True))
    assert way.told(HospicePrompted) == []
    way.passes(hours=1)
    word = wishes(way, Choice.COMFORT_ONLY)
    way.clinic.hears(1, word)
    assert way.clinic.hears(1, word) == "wishes_known"
    (told,) = way.told(HospicePrompted)
    assert told.rule == "wants_comfort"


def test_an_older_word_on_wishes_does_not_undo_a_later_one(way: Way) -> None:
    older = wishes(way, Choice.FULL_TREATMENT)
    way.passes(hours=1)
    way.clinic.hears(1, wishes(way, Choice.COMFORT_ONLY))
    assert way.clinic.hears(1, older) == "wishes_known"
    assert len(way.hospice.open_prompts) == 1


def test_a_clinician_confirms_a_prompt(way: Way) -> None:
    way.finds(phase="terminal")
    (prompt,) = way.hospice.open_prompts
    way.does("confirm-prompt", prompt_id=prompt.prompt_id)
    assert [one.prompt_id for one in way.told(HospicePromptConfirmed)] == [prompt.prompt_id]
    with pytest.raises(EntryUnknown):
        way.does("confirm-prompt", prompt_id=prompt.prompt_id)


def test_a_dismissed_prompt_comes_again_on_other_evidence_after_its_time_only(way: Way) -> None:
    way.finds(phase="deteriorating", akps=40)
    (prompt,) = way.hospice.open_prompts
    way.does("dismiss-prompt", prompt_id=prompt.prompt_id, because="Chemotherapy begins on Monday.")
    (told,) = way.told(HospicePromptDismissed)
    assert told.because == "Chemotherapy begins on Monday."
    way.passes(days=3)
    way.finds(phase="unstable", akps=30)
    assert len(way.told(HospicePrompted)) == 1, "too soon"
    way.passes(days=30)
    way.finds(phase="deteriorating", akps=40)
    assert len(way.told(HospicePrompted)) == 1, "on the same evidence"
    way.passes(days=3)
    way.finds(phase="unstable", akps=30)
    assert len(way.told(HospicePrompted)) == 2


def test_what_is_found_while_a_death_is_looked_into_prompts_when_care_goes_on(way: Way) -> None:
    way.cares("report-death", source="family")
    way.clinic.hears(1, wishes(way, Choice.COMFORT_ONLY))
    way.passes(hours=2)
    assert way.told(HospicePrompted) == []
    way.cares("dismiss-death", reason_text="Another person.")
    way.passes(minutes=1)
    assert len(way.told(CareResumed)) == 1
    assert len(way.told(HospicePrompted)) == 1


def test_an_answer_that_was_wrong_is_withdrawn_and_the_prompt_waits_again(way: Way) -> None:
    way.finds(phase="terminal")
    (prompt,) = way.hospice.open_prompts
    way.does("dismiss-prompt", prompt_id=prompt.prompt_id, because="Another patient.")
    way.does("withdraw", entry_id=prompt.prompt_id, because="It was this one.")
    (told,) = way.told(HospiceEntryWithdrawn)
    assert (told.what, told.corrects) == ("answer", prompt.prompt_id)
    assert way.hospice.open_prompts == (prompt,)
    way.does("confirm-prompt", prompt_id=prompt.prompt_id)
    assert not way.hospice.open_prompts
