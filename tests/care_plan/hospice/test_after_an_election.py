"""What follows an election: the notice, the package, a revocation, a discharge, what was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from carebus.contracts.care_plan import (
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    HospiceDischarged,
    HospiceEntryWithdrawn,
    HospiceNoticeAccepted,
    HospiceNoticeOverdue,
    HospicePackageReceived,
    HospicePackageSent,
    HospiceRevoked,
)
from carebus.contracts.referral import ReferralReopened
from carebus.contracts.wishes import Choice
from services.care_plan.domain.hospice.asked import BeforeTheElection
from services.care_plan.domain.hospice.handing_over import NothingToHandOver, ReceivedBeforeSent
from services.care_plan.domain.hospice.state import EntryUnknown, NotEnrolled, Stage
from tests.care_plan.hospice.ways import WHO, Way, wishes
from tests.care_plan.people import accepted


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


def test_a_package_that_did_not_go_over_is_withdrawn(way: Way) -> None:
    way.clinic.hears(1, wishes(way, Choice.COMFORT_ONLY))
    way.elects(effective=0)
    way.does("send-package", to="M. Ortiz, RN", how="by Direct")
    (sent,) = way.hospice.packages
    way.does("withdraw", entry_id=sent.package_id, because="The fax was out of paper.")
    assert [(one.what, one.corrects) for one in way.told(HospiceEntryWithdrawn)] == [("package", sent.package_id)]
    assert way.hospice.packages == ()


def test_an_election_revoked_while_a_death_was_looked_into_ends_nothing(way: Way) -> None:
    way.elects(effective=2)
    enrolment = way.hospice.require_enrolled()
    way.cares("report-death", source="family")
    way.passes(days=1)
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="family")
    way.passes(days=3)
    way.cares("dismiss-death", reason_text="Another person.")
    way.passes(minutes=1)
    assert way.told(EpisodeEnded) == []
    assert way.care.in_care


def test_a_timer_that_waited_while_a_death_was_looked_into_ends_nothing_after_a_revocation(way: Way) -> None:
    way.elects(effective=2)
    enrolment = way.hospice.require_enrolled()
    way.cares("report-death", source="family")
    way.passes(days=3)
    assert way.care.paused
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="family")
    way.cares("dismiss-death", reason_text="Another person.")
    way.passes(minutes=1)
    assert way.told(EpisodeEnded) == []
