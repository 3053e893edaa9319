"""The way to hospice: what is said and decided, and the days of an election."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.contracts.care_plan import (
    EndReason,
    EpisodeEnded,
    HospiceDeclined,
    HospiceDiscussed,
    HospiceEnrolled,
    HospiceEnrolmentCorrected,
    HospiceReferred,
    VisitCancelled,
)
from carebus.errors import CarebusError
from services.care_plan.domain.care import CareEnded, CareOnHold
from services.care_plan.domain.hospice.asked import (
    BeforeOurCare,
    DayIsPast,
    DayToCome,
    EffectiveBeforeSigned,
)
from services.care_plan.domain.hospice.state import AlreadyEnrolled, Stage
from tests.care_plan.hospice.ways import ELECTION, Way


def test_it_is_discussed_referred_declined_and_discussed_again(way: Way) -> None:
    stages = []
    for act, said in (
        ("discuss", {"discussed_on": way.today, "said": "She wants to think."}),
        ("refer", {"hospice_name": "Evergreen Hospice", "referred_on": way.today}),
        ("decline", {"declined_on": way.today, "because": "Not yet.", "ask_again_on": way.day(14)}),
        ("discuss", {"discussed_on": way.today}),
    ):
        way.does(act, **said)
        stages.append(way.hospice.stage)
    assert stages == [Stage.DISCUSSED, Stage.REFERRED, Stage.DECLINED, Stage.REFERRED]
    assert [len(way.told(kind)) for kind in (HospiceDiscussed, HospiceReferred, HospiceDeclined)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("act", "said", "why", "field"),
    [
        ("discuss", {"discussed_on": 1}, DayToCome, "discussed_on"),
        ("refer", {"hospice_name": "Evergreen", "referred_on": 1}, DayToCome, "referred_on"),
        ("decline", {"declined_on": 1, "ask_again_on": 14}, DayToCome, "declined_on"),
        ("decline", {"declined_on": 0, "ask_again_on": 0}, DayIsPast, "ask_again_on"),
        ("elect", {**ELECTION, "signed_on": 1, "effective_on": 2}, DayToCome, "signed_on"),
        ("elect", {**ELECTION, "signed_on": 0, "effective_on": -1}, EffectiveBeforeSigned, "effective_on"),
        ("elect", {**ELECTION, "signed_on": -30, "effective_on": -20}, BeforeOurCare, "effective_on"),
    ],
)
def test_a_day_that_can_t_be_is_refused_at_its_field(
    way: Way, act: str, said: dict[str, Any], why: type[CarebusError], field: str
) -> None:
    days = {name: way.day(value) if isinstance(value, int) else value for name, value in said.items()}
    with pytest.raises(why) as refused:
        way.does(act, **days)
    assert refused.value.field == field
    assert way.hospice.stage is Stage.NONE


def test_our_care_ends_on_the_day_on_which_the_election_takes_effect(way: Way) -> None:
    way.elects(effective=4)
    (told,) = way.told(HospiceEnrolled)
    assert (told.hospice.npi, told.effective_on, told.terminal_diagnosis.code) == ("1234567893", way.day(4), "C34.90")
    effective_on = told.effective_on
    way.passes(days=3, hours=13)  # eleven in the evening before: the clocks went forward that day
    assert way.told(EpisodeEnded) == []
    way.passes(hours=1)
    (ended,) = way.told(EpisodeEnded)
    assert (ended.reason, ended.ended_on, ended.source) == (EndReason.HOSPICE, effective_on, "hospice")
    assert len(way.told(VisitCancelled)) == 1
    assert way.hospice.enrolled


def test_an_election_that_took_effect_already_ends_our_care_at_once(way: Way) -> None:
    way.elects(signed=-2, effective=-1)
    (ended,) = way.told(EpisodeEnded)
    assert ended.ended_on == way.day(-1)
    way.passes(days=30)
    assert len(way.told(EpisodeEnded)) == 1


def test_a_second_election_is_refused_and_so_is_any_talk_beside_it(way: Way) -> None:
    way.elects(effective=4)
    with pytest.raises(AlreadyEnrolled):
        way.elects(effective=4)
    with pytest.raises(AlreadyEnrolled):
        way.does("discuss", discussed_on=way.today)
    way.passes(days=5)
    with pytest.raises(CareEnded):
        way.elects()


def test_nothing_is_elected_while_a_death_is_looked_into_and_care_ends_only_when_that_was_wrong(way: Way) -> None:
    way.elects(effective=2)
    way.cares("report-death", source="family")
    way.passes(days=3)
    assert way.told(EpisodeEnded) == []
    with pytest.raises(CareOnHold):
        way.does("discuss", discussed_on=way.today)
    way.cares("dismiss-death", reason_text="Another person.")
    way.passes(minutes=1)
    (ended,) = way.told(EpisodeEnded)
    assert (ended.reason, ended.ended_on) == (EndReason.HOSPICE, way.day(-1))


def test_a_death_before_the_day_ends_our_care_as_a_death(way: Way) -> None:
    way.elects(effective=2)
    way.cares("report-death", source="family")
    way.cares("confirm-death", died_on=way.today)
    way.passes(days=9)
    (ended,) = way.told(EpisodeEnded)
    assert ended.reason is EndReason.DIED


def test_an_election_that_was_wrong_is_corrected_by_name_and_its_day_moves(way: Way) -> None:
    way.elects(effective=4)
    enrolment = way.hospice.require_enrolled()
    said = {**ELECTION, "attending": "Dr. Other", "signed_on": way.today, "effective_on": way.day(6)}
    way.does("correct-election", enrolment_id=enrolment.entry_id, because="The day was mistyped.", **said)
    (told,) = way.told(HospiceEnrolmentCorrected)
    assert (told.enrolment_id, told.version, told.attending) == (enrolment.entry_id, 2, "Dr. Other")
    way.passes(days=5)
    assert way.told(EpisodeEnded) == []
    way.passes(days=2)
    assert way.told(EpisodeEnded)[0].ended_on == told.effective_on


def test_a_correction_to_an_earlier_day_ends_our_care_at_once(way: Way) -> None:
    way.elects(effective=4)
    enrolment = way.hospice.require_enrolled()
    said = {**ELECTION, "signed_on": way.today, "effective_on": way.today}
    way.does("correct-election", enrolment_id=enrolment.entry_id, because="It began today.", **said)
    assert way.told(EpisodeEnded)[0].ended_on == way.today
    way.passes(days=9)
    assert len(way.told(EpisodeEnded)) == 1
