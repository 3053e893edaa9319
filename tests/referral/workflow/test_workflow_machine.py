"""Anybody does anything at any time, and still no referral is anywhere it must not be, unowned, or escalated twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from carebus.contracts.care_plan import EpisodeOpened, VisitCompleted, VisitScheduled
from carebus.contracts.event import Event
from carebus.contracts.referral import (
    AttemptOutcome,
    ContactChannel,
    EligibilityAssessed,
    ReferralAccepted,
    ReferralAmended,
    ReferralDeadlineBreached,
    ReferralDeadlineMet,
    ReferralDeadlineStarted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.errors import CarebusError
from services.referral.domain import DEEDS, Act, Intake, Referral, Role, Status, allowed
from services.referral.domain.workflow import following
from services.referral.domain.workflow.statuses import RULES, TERMINAL
from tests.examples import example
from tests.referral.deciding import Desk, receive
from tests.referral.samples import stated

S = Status
ENDS_EARLY = {S.CANCELLATION_REQUESTED, S.CANCELLED}
DECIDED = {S.ACCEPTED, S.DECLINED, S.ADVICE_RETURNED, S.REDIRECTED, S.WAITLISTED}
LEGAL: dict[Status, set[Status]] = {
    S.IDENTITY_REVIEW: {S.TRIAGE, S.ENTERED_IN_ERROR} | ENDS_EARLY,
    S.TRIAGE: {S.IDENTITY_REVIEW, S.INFO_REQUESTED, S.ENTERED_IN_ERROR} | DECIDED | ENDS_EARLY,
    S.INFO_REQUESTED: {S.TRIAGE, S.ENTERED_IN_ERROR} | DECIDED | ENDS_EARLY,
    S.WAITLISTED: {S.INFO_REQUESTED, S.ENTERED_IN_ERROR} | DECIDED | ENDS_EARLY,
    S.ACCEPTED: {S.CONTACTING, S.FIRST_VISIT_SCHEDULED, S.ACTIVE, S.FAILED} | ENDS_EARLY,
    S.CONTACTING: {S.UNREACHABLE, S.FIRST_VISIT_SCHEDULED, S.ACTIVE, S.FAILED} | ENDS_EARLY,
    S.UNREACHABLE: {S.CONTACTING, S.FIRST_VISIT_SCHEDULED, S.ACTIVE, S.FAILED} | ENDS_EARLY,
    S.FIRST_VISIT_SCHEDULED: {S.UNREACHABLE, S.ACTIVE, S.FAILED} | ENDS_EARLY,
    S.ACTIVE: {S.SUMMARY_SENT, S.FAILED} | ENDS_EARLY,
    S.SUMMARY_SENT: {S.CLOSED, S.FAILED} | ENDS_EARLY,
    S.CANCELLATION_REQUESTED: {S.CANCELLED} | (set(S) - TERMINAL),
    **{ended: set() for ended in TERMINAL},
}
"""Where a referral may go next, as the field has it; written down apart from the service's own table."""

ONWARD: dict[Status, list[Act]] = {
    S.IDENTITY_REVIEW: [Act.SETTLE_IDENTITY],
    S.TRIAGE: [Act.ACCEPT, Act.ACCEPT, Act.REQUEST_INFORMATION, Act.WAITLIST, Act.TRIAGE, Act.HOLD_FOR_IDENTITY],
    S.INFO_REQUESTED: [Act.SUPPLY_INFORMATION, Act.ACCEPT, Act.TRIAGE],
    S.WAITLISTED: [Act.ACCEPT, Act.WAITLIST, Act.REQUEST_INFORMATION],
    S.ACCEPTED: [Act.ATTEMPT_CONTACT, Act.MAKE_CONTACT, Act.ASSIGN],
    S.CONTACTING: [Act.ATTEMPT_CONTACT, Act.ATTEMPT_CONTACT, Act.MAKE_CONTACT, Act.DECLARE_UNREACHABLE],
    S.UNREACHABLE: [Act.MAKE_CONTACT, Act.ATTEMPT_CONTACT, Act.ASSIGN],
    S.SUMMARY_SENT: [Act.CLOSE_LOOP],
}
"""What an office does when all goes on."""

REFERRERS_ACTS = {
    Act.REQUEST_CANCELLATION,
    Act.WITHDRAW_CANCELLATION,
    Act.AMEND,
    Act.SUPPLY_INFORMATION,
    Act.MARK_ERROR,
}
ACTORS = ("referrer", "referrer:elm", "coordinator", "coordinator:ann", "clinician:bo", "system", "unnamed")
BODIES: dict[Act, st.SearchStrategy[dict[str, Any]]] = {
    Act.AMEND: st.builds(
        lambda n, urgent: {"stated": stated(referral_note=str(n), priority="urgent" if urgent else "routine")},
        st.integers(0, 2),
        st.booleans(),
    ),
    Act.ASSIGN: st.sampled_from([{"assignee": "ann"}, {"assignee": ""}]),
    Act.REQUEST_INFORMATION: st.builds(
        lambda items, by: {"items": items, "owed_by": by},
        st.lists(st.sampled_from(["diagnosis", "coverage"]), min_size=1, max_size=2, unique=True),
        st.sampled_from(["referrer", "health_plan"]),
    ),
    Act.SUPPLY_INFORMATION: st.sampled_from([{}, {"items": ["diagnosis"]}]),
    Act.TRIAGE: st.builds(lambda u: {"urgency": u, "clinician": "bo"}, st.sampled_from(["urgent", "routine"])),
    Act.DECLINE: st.sampled_from([{"reason": "no_capacity"}, {"reason": "other", "reason_text": "as agreed"}]),
    Act.RETURN_WITH_ADVICE: st.just({"advice": "Start low."}),
    Act.WAITLIST: st.just({"reason": "no_capacity"}),
    Act.REDIRECT: st.just({"redirect_to": "Hospice of the North"}),
    Act.REQUEST_CANCELLATION: st.just({"reason": "no_longer_needed"}),
    Act.CANCEL: st.just({"reason": "patient_declined"}),
    Act.FAIL: st.just({"reason": "deceased"}),
    Act.ATTEMPT_CONTACT: st.builds(
        lambda c: {
            "channel": c,
            "outcome": AttemptOutcome.LETTER_SENT if c is ContactChannel.LETTER else AttemptOutcome.NO_ANSWER,
        },
        st.sampled_from([ContactChannel.PHONE, ContactChannel.HOME, ContactChannel.LETTER]),
    ),
    Act.MAKE_CONTACT: st.just({"channel": "phone"}),
}


def body_of(act: Act, referral: Referral) -> st.SearchStrategy[dict[str, Any]]:
    """What may be said with an act; a proposal that waits, where one does."""
    if act not in {Act.TAKE_OVER_CHANGE, Act.TURN_DOWN_CHANGE}:
        return BODIES.get(act, st.just({}))
    waiting = [each.proposal_id for each in referral.proposals] or [referral.referral_id]
    return st.sampled_from([{"proposal_id": each} for each in waiting])


class Summary:
    """A visit summed up, as the service that tells it would say."""

    def __init__(self, episode_id: UUID, visit_id: UUID, issued_at: datetime) -> None:
        self.episode_id, self.visit_id, self.issued_at = episode_id, visit_id, issued_at
        self.summary_id = uuid5(visit_id, "summary")


class Anybody(RuleBasedStateMachine):
    """Referrers, coordinators, clinicians, timers and other services, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()

    @initialize(acts=st.sampled_from([(), (Act.ACCEPT,), (Act.ACCEPT, Act.MAKE_CONTACT), (Act.WAITLIST,)]))
    def begin(self, acts: tuple[Act, ...]) -> None:
        self.desk.refer()
        for act in acts:
            said: dict[str, Any] = {"reason": "no_capacity"} if act is Act.WAITLIST else {}
            self.desk.does(act, **said)

    @precondition(lambda self: len(self.desk.intake.referrals) < 3)
    @rule(
        channel=st.sampled_from(["form", "fax"]),
        placer=st.sampled_from(["", "A-1"]),
        note=st.sampled_from(["", "new"]),
        ill=st.sampled_from([True, True, False]),
    )
    def refer(self, channel: str, placer: str, note: str, ill: bool) -> None:
        diagnosis = {"system": "SNOMED-CT", "code": "88805009" if ill else "64859006"}
        asked = stated(channel=channel, placer_id=placer, referral_note=note, diagnoses=[diagnosis])
        before = len(self.desk.intake.referrals)
        known = placer and any(each.received.placer_id == placer for each in self.desk.intake.referrals)
        self.moves(lambda: self.desk.take(receive, asked, "referrer"))
        assert len(self.desk.intake.referrals) == before + (not known)

    @precondition(lambda self: self.desk.intake.referrals)
    @rule(data=st.data(), which=st.integers(0, 2), act=st.sampled_from(list(DEEDS)), actor=st.sampled_from(ACTORS))
    def act(self, data: Any, which: int, act: Act, actor: str) -> None:
        referral = self.pick(which)
        said = data.draw(body_of(act, referral))
        seen = data.draw(st.sampled_from([None, referral.version, referral.version + 1]))
        legal = referral.status in RULES[act].at and seen != referral.version + 1
        try:
            self.moves(lambda: self.desk.does(act, actor, referral, seen=seen, **said))
        except CarebusError:
            return
        assert legal
        if actor.startswith("referrer"):
            assert act in REFERRERS_ACTS

    @precondition(lambda self: self.desk.intake.referrals)
    @rule(data=st.data(), which=st.sampled_from([0, 0, 1, 2]), hours=st.sampled_from([0, 0, 30]))
    def go_on(self, data: Any, which: int, hours: int) -> None:
        referral = self.pick(which)
        acts = ONWARD.get(referral.status) or list(allowed(referral.status, Role.COORDINATOR))
        act = data.draw(st.sampled_from(acts))
        said = data.draw(body_of(act, referral))
        with suppress(CarebusError):
            self.moves(lambda: self.desk.does(act, "coordinator:ann", referral, seen=referral.version, **said))
        self.moves(lambda: self.desk.passes(hours=hours))

    @precondition(lambda self: any(each.taken_on for each in self.desk.intake.referrals))
    @rule(what=st.integers(0, 3), times=st.integers(1, 2))
    def hear_of_who_was_taken_on(self, what: int, times: int) -> None:
        referral = next(each for each in self.desk.intake.referrals if each.taken_on)
        self.heard(referral, what, times)

    @precondition(lambda self: self.desk.tells(ReferralAccepted))
    @rule(what=st.integers(0, 3), times=st.integers(1, 2), which=st.integers(0, 2))
    def hear_of_anybody(self, what: int, times: int, which: int) -> None:
        accepted = [event.referral_id for event in self.desk.tells(ReferralAccepted)]
        self.heard(self.desk.intake.referral(accepted[which % len(accepted)]), what, times)

    def heard(self, referral: Referral, what: int, times: int) -> None:
        episode, visit = (uuid5(referral.referral_id, name) for name in ("episode", "visit"))
        events: tuple[Event, ...] = (
            example(EpisodeOpened, episode_id=episode, referral_id=referral.referral_id),
            example(VisitScheduled, episode_id=episode, visit_id=visit),
            example(VisitCompleted, episode_id=episode, visit_id=visit),
        )
        for _ in range(times):
            if what < len(events):
                self.moves(lambda: self.desk.hear(events[what]))
            else:
                self.moves(
                    lambda: self.desk.take(following.summary_issued, Summary(episode, visit, self.desk.now), "system")
                )

    @rule(hours=st.sampled_from([1, 20, 30, 100, 300]), times=st.integers(1, 2))
    def time_passes(self, hours: int, times: int) -> None:
        self.moves(lambda: self.desk.passes(hours=hours, times=times))

    @rule()
    def it_is_read_back_as_history(self) -> None:
        kept = self.desk.intake.as_history().model_dump_json()
        self.desk.intake = Intake.model_validate_json(kept)

    def pick(self, which: int) -> Referral:
        return self.desk.intake.referrals[which % len(self.desk.intake.referrals)]

    def moves(self, what: Any) -> None:
        """Whatever happens, every step is a legal one: the stories say where each referral stood after each."""
        before = {each.referral_id: (each.status, each.version) for each in self.desk.intake.referrals}
        what()
        for each in self.desk.intake.referrals:
            stood, version = before.get(each.referral_id, (Status.TRIAGE, 0))
            assert each.version >= version
            for step in each.steps[version:]:
                assert step.status is stood or step.status in LEGAL[stood], (stood, step.status, step.what)
                stood = step.status
            assert each.status is stood

    @invariant()
    def whoever_waits_has_an_owner_and_a_deadline(self) -> None:
        for each in self.desk.intake.referrals:
            if each.status in TERMINAL:
                assert each.due == ()
            else:
                assert each.owner
                assert each.due, each.status
                assert all((due.due_at is None) is (due.waits_for is not None) for due in each.due)

    @invariant()
    def a_timer_runs_for_every_deadline_that_runs_and_for_no_other(self) -> None:
        running = {
            due.timer: due.due_at
            for each in self.desk.intake.referrals
            for due in each.due
            if due.due_at is not None and due.breached_at is None
        }
        assert {n: w.at for n, w in self.desk.timers.items() if n.startswith("deadline/")} == running

    @invariant()
    def nothing_is_escalated_or_begun_or_met_twice(self) -> None:
        for kind in (ReferralDeadlineBreached, ReferralDeadlineStarted, ReferralDeadlineMet):
            ids = [event.milestone_id for event in self.desk.tells(kind)]
            assert len(ids) == len(set(ids))
        assert all(event.breached_at >= event.due_at for event in self.desk.tells(ReferralDeadlineBreached))

    @invariant()
    def one_person_is_taken_on_once_and_only_if_eligible(self) -> None:
        assert sum(each.taken_on for each in self.desk.intake.referrals) <= 1
        assert all(each.assessed.eligible for each in self.desk.intake.referrals if each.taken_on)

    @invariant()
    def what_was_told_is_what_is_kept(self) -> None:
        def ids(kind: type[Any]) -> list[UUID]:
            return sorted(event.referral_id for event in self.desk.tells(kind))

        referrals = self.desk.intake.referrals
        applied = [event.referral_id for event in self.desk.tells(ReferralAmended) if event.applied]
        assert ids(ReferralReceived) == sorted(each.referral_id for each in referrals)
        assessed = Counter(ids(EligibilityAssessed))
        assert Counter(ids(ReferralReceived)) <= assessed <= Counter([*ids(ReferralReceived), *applied])
        for kind, status in ((ReferralAccepted, S.ACCEPTED), (ReferralDeclined, S.DECLINED)):
            kept = sorted(each.referral_id for each in referrals if each.outcome and each.outcome.status is status)
            assert ids(kind) == kept


TestAnybody = Anybody.TestCase
TestAnybody.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def test_every_status_can_be_reached_and_left_as_the_table_says() -> None:
    assert set(LEGAL) == set(Status)
    assert {to for tos in LEGAL.values() for to in tos} | {S.TRIAGE} == set(Status)


def test_a_referrer_may_do_five_things() -> None:
    assert {act for act, who in RULES.items() if Role.REFERRER in who.by} == REFERRERS_ACTS
