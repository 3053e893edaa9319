"""The way to hospice: prompts that a clinician confirms or dismisses, what is decided, and the election's days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from carebus.contracts.care_plan import (
    CareResumed,
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    HospiceDeclined,
    HospiceDischarged,
    HospiceDiscussed,
    HospiceEnrolled,
    HospiceEnrolmentCorrected,
    HospiceEntryWithdrawn,
    HospiceNoticeAccepted,
    HospiceNoticeOverdue,
    HospicePackageReceived,
    HospicePackageSent,
    HospicePromptConfirmed,
    HospicePromptDismissed,
    HospicePrompted,
    HospicePromptWithdrawn,
    HospiceReferred,
    HospiceRevoked,
    VisitCancelled,
)
from carebus.contracts.line import AdmissionNotified, AdmissionWithdrawn
from carebus.contracts.referral import ReferralReopened
from carebus.contracts.wishes import (
    Choice,
    KnownWish,
    Statement,
    TopicSummary,
    WishesSummarised,
    WishSource,
    WishTopic,
)
from carebus.errors import CarebusError
from services.care_plan.domain.care import CareEnded, CareOnHold
from services.care_plan.domain.hospice.asked import (
    BeforeOurCare,
    BeforeTheElection,
    DayIsPast,
    DayToCome,
    EffectiveBeforeSigned,
)
from services.care_plan.domain.hospice.handing_over import NothingToHandOver, ReceivedBeforeSent
from services.care_plan.domain.hospice.state import AlreadyEnrolled, EntryUnknown, NotEnrolled, Stage
from tests.care_plan.hospice.ways import ELECTION, WHO, Way
from tests.care_plan.people import accepted
from tests.examples import example


@pytest.fixture
def way() -> Way:
    """Somebody in care for three days."""
    found = Way()
    found.passes(days=3)
    return found


def wishes(way: Way, choice: Choice, *, contested: bool = False, topic: WishTopic = WishTopic.TREATMENT) -> Any:
    """What the wishes service tells."""
    known = KnownWish(
        statement=Statement(topic=topic, choice=choice),
        source=WishSource.CONVERSATION,
        source_id=uuid4(),
        stated_on=way.today,
    )
    topics = (TopicSummary(topic=topic, known=(known,), contested=contested),)
    return WishesSummarised(topics=topics, summarised_at=way.clinic.now)


def admission(way: Way, **about: Any) -> AdmissionNotified:
    """A hospital says that the patient is there."""
    return example(AdmissionNotified, stay_id=uuid4(), admitted_at=way.clinic.now, **about)


# Prompts


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


# What is said and decided


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


# The election


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


# The notice of election


def test_the_hospice_is_asked_on_the_sixth_day_once(way: Way) -> None:
    way.elects(effective=1)
    effective_on = way.day(1)
    way.passes(days=6)
    assert way.told(HospiceNoticeOverdue) == []
    way.passes(days=1)
    (told,) = way.told(HospiceNoticeOverdue)
    assert told.due_on == effective_on + timedelta(days=5)
    assert way.hospice.require_enrolled().notice_overdue
    way.passes(days=30)
    assert len(way.told(HospiceNoticeOverdue)) == 1


@pytest.mark.parametrize(("day", "late"), [(5, False), (6, True)])
def test_a_notice_is_late_after_the_fifth_day(way: Way, day: int, late: bool) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.passes(days=day)
    way.does("notice", enrolment_id=enrolment.entry_id, accepted_on=way.today)
    assert way.does("notice", enrolment_id=enrolment.entry_id, accepted_on=way.today) == "notice_known"
    (told,) = way.told(HospiceNoticeAccepted)
    assert told.late is late
    way.passes(days=9)
    assert len(way.told(HospiceNoticeOverdue)) == (1 if late else 0)


def test_a_notice_that_was_wrong_is_awaited_again(way: Way) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.does("notice", enrolment_id=enrolment.entry_id, accepted_on=way.today)
    notice = way.hospice.require_enrolled().notice
    assert notice is not None
    way.does("withdraw", entry_id=notice.entry_id, because="Of another patient.")
    assert [(one.what, one.corrects) for one in way.told(HospiceEntryWithdrawn)] == [("notice", notice.entry_id)]
    way.passes(days=7)
    assert len(way.told(HospiceNoticeOverdue)) == 1


# Leaving


def test_a_revocation_waits_for_a_referral_that_replaces_the_old(way: Way) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.passes(days=10)
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="family")
    (told,) = way.told(HospiceRevoked)
    assert told.referral_id == way.care.referral_id
    assert way.hospice.stage is Stage.REVOKED
    assert way.hospice.waits_for_referral()
    assert len(way.told(EpisodeOpened)) == 1, "nothing opens by itself"
    other = ReferralReopened(referral_id=uuid4(), replaces=uuid4(), reopened_at=way.clinic.now)
    assert way.clinic.hears(1, other) == "not_of_this_election"
    again = ReferralReopened(referral_id=uuid4(), replaces=told.referral_id, reopened_at=way.clinic.now)
    way.clinic.hears(1, again)
    assert not way.hospice.waits_for_referral()
    way.clinic.hears(1, accepted().model_copy(update={"referral_id": again.referral_id}))
    assert len(way.told(EpisodeOpened)) == 2
    way.does("discuss", discussed_on=way.today)
    assert (way.hospice.stage, way.hospice.episode_id) == (Stage.DISCUSSED, way.care.episode_id)


def test_a_discharge_names_its_reason_and_waits_as_well(way: Way) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.passes(days=60)
    said = {"discharged_on": way.today, "reason": "not_terminally_ill", "source": "hospice"}
    way.does("discharge", enrolment_id=enrolment.entry_id, **said)
    assert len(way.told(HospiceDischarged)) == 1
    assert way.hospice.stage is Stage.DISCHARGED
    assert way.hospice.waits_for_referral()


def test_an_election_revoked_before_its_day_lets_our_care_go_on(way: Way) -> None:
    way.elects(effective=4)
    enrolment = way.hospice.require_enrolled()
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="patient")
    way.passes(days=20)
    assert way.told(EpisodeEnded) == []
    assert way.told(HospiceNoticeOverdue) == []
    assert not way.hospice.waits_for_referral()
    way.elects(effective=0)
    assert way.told(EpisodeEnded)[0].reason is EndReason.HOSPICE


def test_a_revocation_that_was_wrong_is_withdrawn_and_the_election_stands_again(way: Way) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="family")
    left = way.hospice.left
    assert left is not None
    way.does("withdraw", entry_id=left.entry_id, because="The daughter was mistaken.")
    assert way.hospice.enrolled
    assert not way.hospice.waits_for_referral()
    way.passes(days=7)
    assert len(way.told(HospiceNoticeOverdue)) == 1


def test_an_election_that_never_was_is_withdrawn_and_care_stays_ended(way: Way) -> None:
    way.elects(effective=0)
    enrolment = way.hospice.require_enrolled()
    way.does("withdraw", entry_id=enrolment.entry_id, because="Another patient of this name.")
    assert way.hospice.stage is Stage.NONE
    assert way.hospice.waits_for_referral()
    assert len(way.told(EpisodeOpened)) == 1
    with pytest.raises(EntryUnknown):
        way.does("withdraw", entry_id=enrolment.entry_id, because="Again.")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("revoke", {"revoked_on": -1, "source": "family"}),
        ("discharge", {"discharged_on": 1, "reason": "moved", "source": "hospice"}),
        ("notice", {"accepted_on": -1}),
    ],
)
def test_what_comes_after_an_election_lies_after_it(way: Way, act: str, said: dict[str, Any]) -> None:
    way.elects(effective=2)
    enrolment = way.hospice.require_enrolled()
    days = {name: way.day(value) if isinstance(value, int) else value for name, value in said.items()}
    way.passes(days=1)
    with pytest.raises(BeforeTheElection):
        way.does(act, enrolment_id=enrolment.entry_id, **days)


@pytest.mark.parametrize("act", ["revoke", "discharge", "notice", "send-package"])
def test_without_an_election_nothing_follows_one(way: Way, act: str) -> None:
    said: dict[str, Any] = {
        "revoke": {"enrolment_id": uuid4(), "revoked_on": way.today, "source": "family"},
        "discharge": {"enrolment_id": uuid4(), "discharged_on": way.today, "reason": "moved", "source": "hospice"},
        "notice": {"enrolment_id": uuid4(), "accepted_on": way.today},
        "send-package": {"to": "The intake nurse", "how": "by fax"},
    }
    with pytest.raises(NotEnrolled):
        way.does(act, **said[act])


# The package


def test_the_package_says_what_it_holds_and_is_received_once(way: Way) -> None:
    word = wishes(way, Choice.COMFORT_ONLY)
    way.clinic.hears(1, word)
    way.elects(effective=0)
    way.does("send-package", to="M. Ortiz, RN", how="by Direct")
    (sent,) = way.told(HospicePackageSent)
    assert (sent.wishes_as_of, sent.plan_version, sent.medicines_version) == (word.summarised_at, None, None)
    received = {"package_id": sent.package_id, "received_by": "M. Ortiz, RN"}
    with pytest.raises(ReceivedBeforeSent):
        way.does("receipt", received_on=way.day(-1), **received)
    way.does("receipt", received_on=way.today, **received)
    assert way.does("receipt", received_on=way.today, **received) == "receipt_known"
    assert len(way.told(HospicePackageReceived)) == 1


def test_an_empty_package_is_not_sent(way: Way) -> None:
    way.elects(effective=0)
    with pytest.raises(NothingToHandOver):
        way.does("send-package", to="The intake nurse", how="by fax")


def test_a_new_episode_begins_without_the_entries_of_the_old(way: Way) -> None:
    way.does("decline", declined_on=way.today, ask_again_on=way.day(14))
    way.cares("end", reason="moved")
    way.clinic.hears(1, accepted())
    way.does("discuss", discussed_on=way.today)
    assert way.hospice.decline is None
    assert WHO in way.clinic.cares
