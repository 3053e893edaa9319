"""Our protocols are shown to be safe over every combination of answers; a spoiled one is told by its question."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.criteria import CriterionValue
from carebus.contracts.line import Disposition
from carebus.reasoning.facts import FactValue
from carebus.reasoning.language import Compare
from services.line.domain.protocols import Protocol, judge
from services.line.domain.protocols.proofs import faults, levels_of
from services.line.domain.protocols.tables import TooManyAnswers, read_as_judged, space_of
from services.line.store.protocols import OWN, ProtocolBroken, protocol_book, proved
from tests.line.protocols.samples import FEVER, fever, said, step

NECK, HOT = FEVER["steps"]
OURS = protocol_book().protocols


def all_answers(protocol: Protocol) -> list[dict[str, FactValue]]:
    """Every combination, counted one by one: what the proofs are held against."""
    names = [one.id for one in protocol.questions]
    values = product(*((None, *one.answers) for one in protocol.questions))
    return [{n: v for n, v in zip(names, each, strict=True) if v is not None} for each in values]


def test_our_five_protocols_are_proved_and_in_both_languages() -> None:
    assert {one.id for one in OURS} == {"pain", "breathlessness", "confusion", "bleeding", "dying"}
    assert [faults(one) for one in OURS] == [[]] * len(OURS)


def test_a_sound_protocol_has_no_fault() -> None:
    assert faults(fever()) == []


@pytest.mark.parametrize(
    ("changes", "said_of"),
    [
        (
            {"questions": [*FEVER["questions"], {"id": "cough", "ask": said("Do they cough?")}]},
            "cough (“Do they cough?”) never changes what is proposed: use it, or leave it out.",
        ),
        (
            {"steps": [NECK, step("stiff_again", NECK["when"], "visit_now"), HOT]},
            "No answers lead to visit_now by stiff_again",
        ),
        (
            {
                "steps": [
                    step("hot_first", {"all": [HOT["when"], {"not": NECK["when"]}]}, "call_911"),
                    NECK,
                ]
            },
            "Yes to stiff_neck (“Is the neck stiff?”) lowers what is proposed from call_911",
        ),
        ({"examples": FEVER["examples"][:1]}, "No example shows the step hot."),
        (
            {"examples": [{**FEVER["examples"][0], "disposition": "call_911"}, *FEVER["examples"][1:]]},
            "The example “Stiff” is to come to call_911 by neck, and comes to clinician_now by neck.",
        ),
        ({"examples": [*FEVER["examples"], {"about": "x", "answers": {"rash": True}}]}, "rash, which nobody asks"),
    ],
)  # fmt: skip
def test_a_spoiled_protocol_is_told_by_its_question(changes: dict[str, Any], said_of: str) -> None:
    assert any(said_of in one for one in faults(fever(**changes))), faults(fever(**changes))


def test_a_reading_that_takes_a_blank_for_no_is_found_out_and_names_the_question() -> None:
    def careless(protocol: Protocol, rule: Compare, value: FactValue | None) -> CriterionValue:
        found = read_as_judged(protocol, rule, value)
        return CriterionValue.NOT_MET if found is CriterionValue.UNKNOWN else found

    told = faults(fever(), careless)
    assert any(one.startswith("stiff_neck (“Is the neck stiff?”) counts as answered when it is not") for one in told)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_the_tables_say_of_each_combination_what_calls_are_told(data: st.DataObject) -> None:
    protocol = data.draw(st.sampled_from((fever(), *OURS)))
    space = space_of(protocol)
    nth = 1 << data.draw(st.integers(0, space.size - 1))
    levels, outcome = levels_of(protocol, space), judge(protocol, space.first(nth))
    assert [name for name, where in levels.leads.items() if where & nth] == [outcome.step] * bool(outcome.step)
    settled = [name for name, where in levels.settled.items() if where & nth]
    assert settled == [outcome.proposed] * outcome.is_settled


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_an_answer_more_never_lowers_what_is_proposed_and_never_widens_what_is_possible(data: st.DataObject) -> None:
    protocol = data.draw(st.sampled_from(OURS))
    known = {one.id: data.draw(st.sampled_from((None, *one.answers))) for one in protocol.questions}
    answers = {name: value for name, value in known.items() if value is not None}
    open_ = [one for one in protocol.questions if one.id not in answers]
    question = data.draw(st.sampled_from(open_)) if open_ else None
    if question is None:
        assert judge(protocol, answers).is_settled
        return
    before = judge(protocol, answers)
    after = judge(protocol, {**answers, question.id: data.draw(st.sampled_from(question.answers))})
    urgency = list(Disposition).index
    if before.proposed:
        assert after.proposed
        assert urgency(after.proposed) <= urgency(before.proposed)
    if before.is_settled:
        assert after.proposed == before.proposed
    assert urgency(after.possible) >= urgency(before.possible)


def test_nobody_calls_911_for_a_death_that_was_expected_where_cpr_is_not_wanted() -> None:
    (dying,) = [one for one in OURS if one.id == "dying"]
    settled = {"expected": True, "wants_cpr": False}
    came = {judge(dying, answers).proposed for answers in all_answers(dying) if settled.items() <= answers.items()}
    assert Disposition.CALL_911 not in came
    assert Disposition.VISIT_NOW in came


def test_more_than_can_be_proved_is_refused() -> None:
    many = [{"id": f"q{n}", "ask": said("?")} for n in range(16)]
    with pytest.raises(TooManyAnswers, match="split it"):
        faults(fever(questions=[*FEVER["questions"], *many]))


def test_a_file_that_is_not_safe_is_told_with_its_name(tmp_path: Path) -> None:
    text = (OWN / "pain-1.yaml").read_text().replace("- {fact: last_days, is: false}", "- {fact: last_days, is: maybe}")
    (tmp_path / "pain-1.yaml").write_text(text)
    with pytest.raises(
        ProtocolBroken, match=r"pain-1\.yaml .* toxic_or_heart: last_days is compared with true or false"
    ):
        proved(tmp_path / "pain-1.yaml")
