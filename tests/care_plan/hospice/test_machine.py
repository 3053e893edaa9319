"""The way to hospice as a machine: whatever is done in whatever order, what stands is sound, and told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carebus.contracts.care_plan import (
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    HospiceDischarged,
    HospiceEnrolled,
    HospiceEntryWithdrawn,
    HospicePrompted,
    HospiceRevoked,
)
from carebus.contracts.referral import ReferralReopened
from carebus.errors import CarebusError
from services.care_plan.domain.hospice.electing import BEGINS, NOTICE
from tests.care_plan.hospice.ways import ELECTION, WHO, Way
from tests.care_plan.people import accepted

DAYS = st.integers(-8, 8)
SOURCES = st.sampled_from(["hospice", "patient", "family"])


class WayToHospice(RuleBasedStateMachine):
    """One patient; what can't be is refused, and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.way = Way()
        self.way.passes(days=2)

    def _tries(self, act: str, **said: Any) -> None:
        before = self.way.hospice
        told = len(self.way.clinic.told)
        try:
            self.way.does(act, **said)
        except CarebusError:
            assert self.way.hospice == before
            assert len(self.way.clinic.told) == told

    def _elected(self) -> Any:
        found = self.way.hospice.enrolment
        return found.entry_id if found else self.way.care.episode_id

    @rule(days=st.integers(0, 5), hours=st.integers(0, 23))
    def passes(self, days: int, hours: int) -> None:
        self.way.passes(days=days, hours=hours)

    @rule(day=DAYS)
    def discusses(self, day: int) -> None:
        self._tries("discuss", discussed_on=self.way.day(day))

    @rule(day=DAYS)
    def refers(self, day: int) -> None:
        self._tries("refer", hospice_name="Evergreen Hospice", referred_on=self.way.day(day))

    @rule(day=DAYS, again=DAYS)
    def declines(self, day: int, again: int) -> None:
        self._tries("decline", declined_on=self.way.day(day), ask_again_on=self.way.day(again))

    @rule(signed=DAYS, effective=DAYS)
    def elects(self, signed: int, effective: int) -> None:
        days = {"signed_on": self.way.day(signed), "effective_on": self.way.day(effective)}
        self._tries("elect", **{**ELECTION, **days})

    @rule(signed=DAYS, effective=DAYS)
    def corrects(self, signed: int, effective: int) -> None:
        days = {"signed_on": self.way.day(signed), "effective_on": self.way.day(effective)}
        said = {**ELECTION, **days, "enrolment_id": self._elected(), "because": "It was mistyped."}
        self._tries("correct-election", **said)

    @rule(day=DAYS)
    def hears_of_the_notice(self, day: int) -> None:
        self._tries("notice", enrolment_id=self._elected(), accepted_on=self.way.day(day))

    @rule(day=DAYS, source=SOURCES)
    def revokes(self, day: int, source: str) -> None:
        self._tries("revoke", enrolment_id=self._elected(), revoked_on=self.way.day(day), source=source)

    @rule(day=DAYS, source=SOURCES)
    def is_discharged(self, day: int, source: str) -> None:
        said = {"enrolment_id": self._elected(), "discharged_on": self.way.day(day), "reason": "moved"}
        self._tries("discharge", source=source, **said)

    @rule(which=st.integers(0, 5))
    def withdraws(self, which: int) -> None:
        hospice = self.way.hospice
        notice = hospice.enrolment.notice if hospice.enrolment else None
        entries = [hospice.left, hospice.enrolment, notice, hospice.decline, hospice.referral, *hospice.discussions]
        found = [one.entry_id for one in entries if one is not None]
        if found:
            self._tries("withdraw", entry_id=found[which % len(found)], because="It never was.")

    @precondition(lambda self: self.way.care.in_care and not self.way.care.holds and self.way.care.planned)
    @rule(phase=st.sampled_from(["stable", "unstable", "terminal"]), akps=st.sampled_from([30, 40, 70]))
    def is_visited(self, phase: str, akps: int) -> None:
        self.way.finds(phase=phase, akps=akps)

    @precondition(lambda self: self.way.care.in_care and not self.way.care.holds)
    @rule()
    def is_said_to_have_died(self) -> None:
        self.way.cares("report-death", source="family")

    @precondition(lambda self: self.way.care.holds)
    @rule()
    def lives(self) -> None:
        self.way.cares("dismiss-death", reason_text="Another person.")

    @precondition(lambda self: self.way.care.in_care and not self.way.care.holds)
    @rule()
    def moves_away(self) -> None:
        self.way.cares("end", reason="moved")

    @precondition(lambda self: not self.way.care.in_care)
    @rule(reopens=st.booleans())
    def is_referred_again(self, reopens: bool) -> None:
        referral = accepted()
        if reopens and self.way.hospice.to_reopen:
            event = ReferralReopened(
                referral_id=referral.referral_id,
                replaces=self.way.hospice.to_reopen,
                reopened_at=self.way.clinic.now,
            )
            self.way.clinic.hears(1, event)
        self.way.clinic.hears(1, referral)

    @invariant()
    def an_election_is_effective_not_before_it_was_signed(self) -> None:
        for told in self.way.told(HospiceEnrolled):
            assert told.effective_on >= told.signed_on

    @invariant()
    def each_episode_ends_once(self) -> None:
        ended = [one.episode_id for one in self.way.told(EpisodeEnded)]
        assert len(ended) == len(set(ended)) <= len(self.way.told(EpisodeOpened))

    @invariant()
    def whoever_is_in_hospice_is_not_in_our_care(self) -> None:
        elected, care = self.way.hospice.enrolment, self.way.care
        if not self.way.hospice.enrolled or elected is None or self.way.hospice.episode_id != care.episode_id:
            return
        if elected.began:
            assert care.ended is not None
            assert care.ended.reason is EndReason.HOSPICE
        elif care.in_care and not care.holds:
            assert elected.effective_on >= self.way.today or (WHO, BEGINS) in self.way.clinic.timers

    @invariant()
    def timers_wait_for_what_stands(self) -> None:
        hospice = self.way.hospice
        if (WHO, BEGINS) in self.way.clinic.timers:
            assert hospice.enrolled
        if (WHO, NOTICE) in self.way.clinic.timers:
            assert hospice.enrolled
            assert hospice.enrolment is not None
            assert hospice.enrolment.notice is None

    @invariant()
    def a_prompt_is_told_once_and_none_is_open_after_an_election_took_effect(self) -> None:
        prompted = [one.prompt_id for one in self.way.told(HospicePrompted)]
        assert len(prompted) == len(set(prompted))
        if self.way.hospice.enrolled and self.way.hospice.enrolment and self.way.hospice.enrolment.began:
            assert self.way.hospice.open_prompts == ()

    @invariant()
    def a_notice_is_late_when_it_came_after_the_fifth_day(self) -> None:
        elected = self.way.hospice.enrolment
        if elected and elected.notice:
            assert elected.notice.late is ((elected.notice.accepted_on - elected.effective_on).days > 5)
            assert not elected.notice_overdue

    @invariant()
    def what_was_told_says_who_is_in_hospice(self) -> None:
        """A reader who knows the events alone comes to the same."""
        elected: UUID | None = None
        left: UUID | None = None
        for stream, event in self.way.clinic.told:
            assert stream == WHO or not isinstance(event, HospiceEnrolled)
            if isinstance(event, HospiceEnrolled):
                elected, left = event.enrolment_id, None
            elif isinstance(event, HospiceRevoked):
                left = event.revocation_id
            elif isinstance(event, HospiceDischarged):
                left = event.discharge_id
            elif isinstance(event, HospiceEntryWithdrawn):
                elected = None if event.corrects == elected else elected
                left = None if event.corrects == left else left
        hospice = self.way.hospice
        if hospice.episode_id == self.way.care.episode_id:
            assert hospice.enrolled is (elected is not None and left is None and self._of_this_episode(elected))

    def _of_this_episode(self, enrolment_id: UUID) -> bool:
        told = self.way.told(HospiceEnrolled)
        return any(one.enrolment_id == enrolment_id and one.episode_id == self.way.hospice.episode_id for one in told)


WayToHospice.TestCase.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
TestTheWayToHospice = WayToHospice.TestCase
