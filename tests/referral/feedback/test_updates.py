"""What referrers are told, by any order of commands: each change once, one link at a time, the same after a replay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from carebus.contracts import Event
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import (
    ReferrerLinkRevoked,
    ReferrerStatusChanged,
    ReferrerStatusViewed,
    ReferrerUpdateRequested,
    SeenBy,
)
from carebus.decisions import Cause, Reaction, State, event_id, on
from carebus.errors import CarebusError
from services.referral.api.feedback import links
from services.referral.domain import DEEDS, AcceptReferral, Act, DeclineReferral, Intake
from services.referral.domain.feedback.business_status import task_status
from services.referral.domain.feedback.updates import (
    Feedback,
    NoAddressOnFile,
    NoteView,
    RenewedByTheOfficeOnly,
    RenewedJustNow,
    RenewLink,
    RevokeLink,
    informing,
)
from services.referral.domain.organizations.names import name_key, organization_of
from services.referral.handlers import handlers
from tests.referral.deciding import OFFICE, receive
from tests.referral.following import OSEI
from tests.referral.receiver import ROOT
from tests.referral.samples import NOW, stated

PATIENT = patient_stream(UUID(int=5))
RECEIVE = informing(on(Intake, receive))
ACCEPT, DECLINE = (informing(DEEDS[act].reaction(OFFICE)) for act in (Act.ACCEPT, Act.DECLINE))


class Desk:
    """Commands put to work in memory on one patient's referrals."""

    def __init__(self) -> None:
        self.now = NOW
        self.states: dict[type[State], State] = {}
        self.told: list[tuple[UUID, Event]] = []
        self._causes = 0

    def cause(self) -> Cause:
        self._causes += 1
        cause_id = uuid5(UUID(int=1), str(self._causes))
        return Cause(cause_id, PATIENT, self.now, "coordinator", cause_id, self.now)

    def do(self, reaction: Reaction, message: Any) -> list[Event]:
        """Decide, keep, and check that the same cause decides the same again."""
        cause = self.cause()
        given = [self.states.get(kind) or kind() for kind in reaction.states]
        decision = reaction.decide(*given, message, cause)
        assert reaction.decide(*given, message, cause) == decision
        self.states.update({type(state): state for state in decision.states})
        self.told += [(event_id("referral", cause, n), event) for n, event in enumerate(decision.events)]
        return list(decision.events)

    @property
    def intake(self) -> Intake:
        found = self.states.get(Intake) or Intake()
        assert isinstance(found, Intake)
        return found

    @property
    def feedback(self) -> Feedback:
        found = self.states.get(Feedback) or Feedback()
        assert isinstance(found, Feedback)
        return found

    def of(self, kind: type[Any], referral_id: UUID) -> list[Any]:
        return [event for _, event in self.told if isinstance(event, kind) and event.referral_id == referral_id]


class AnyOrder(RuleBasedStateMachine):
    """Refer, decide, look, renew and revoke, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()

    @rule(email=st.booleans())
    def refer(self, email: bool) -> None:
        referrer = OSEI if email else {"organization": "Hill", "phone": "508-580-2730"}
        self.desk.do(RECEIVE, stated(referrer=referrer))

    @rule(n=st.integers(0, 3), accepts=st.booleans())
    def decide(self, n: int, accepts: bool) -> None:
        reaction = ACCEPT if accepts else DECLINE
        self._try(n, reaction, lambda i: AcceptReferral(referral_id=i) if accepts else _declined(i))

    @rule(n=st.integers(0, 3), what=st.sampled_from(["renew", "office", "revoke", *SeenBy]))
    def look_after_the_link(self, n: int, what: str) -> None:
        if what in {"renew", "office"}:
            self._try(n, links.RENEW, lambda i: RenewLink(referral_id=i, by_office=what == "office"))
        elif what == "revoke":
            self._try(n, links.REVOKE, lambda i: RevokeLink(referral_id=i))
        else:
            self._try(n, links.NOTE_VIEW, lambda i: NoteView(referral_id=i, seen_by=SeenBy(what)))

    @rule(hours=st.integers(1, 20))
    def time_passes(self, hours: int) -> None:
        self.desk.now += timedelta(hours=hours)

    def _try(self, n: int, reaction: Reaction, of: Any) -> None:
        referrals = self.desk.intake.referrals
        if n < len(referrals):
            try:
                self.desk.do(reaction, of(referrals[n].referral_id))
            except CarebusError:
                return

    @invariant()
    def every_referral_is_followed_where_it_stands(self) -> None:
        for referral in self.desk.intake.referrals:
            followed = self.desk.feedback.of(referral.referral_id)
            assert followed
            assert followed.status == referral.status

    @invariant()
    def each_change_was_told_once_in_the_words_of_others(self) -> None:
        for referral in self.desk.intake.referrals:
            told = self.desk.of(ReferrerStatusChanged, referral.referral_id)
            statuses = [event.status for event in told]
            assert statuses == list(dict.fromkeys(statuses))
            assert statuses[-1] == referral.status
            assert all(task_status(event.status).bser_code == event.business_status for event in told)

    @invariant()
    def a_link_changes_only_when_it_is_renewed(self) -> None:
        for referral in self.desk.intake.referrals:
            told = self.desk.of(ReferrerStatusChanged, referral.referral_id)
            renewed = self.desk.of(ReferrerUpdateRequested, referral.referral_id)
            assert {event.link.link_id for event in told} <= {told[0].link.link_id, *(e.link.link_id for e in renewed)}
            followed = self.desk.feedback.of(referral.referral_id)
            assert followed
            assert followed.link == (renewed[-1].link if renewed else told[0].link)

    @invariant()
    def the_id_of_an_update_is_the_id_of_its_event(self) -> None:
        ids = {i for i, event in self.desk.told if isinstance(event, ReferrerStatusChanged)}
        assert {update.update_id for update in self.desk.feedback.updates} <= ids


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def _declined(referral_id: UUID) -> DeclineReferral:
    return DeclineReferral.model_validate({"referral_id": referral_id, "reason": "no_capacity"})


def referred(desk: Desk, **changes: Any) -> UUID:
    desk.do(RECEIVE, stated(**{"referrer": OSEI, **changes}))
    return desk.intake.referrals[-1].referral_id


BARE = {"acts.py", "handlers.py"}
"""Where reactions are made that are informing only when they are used."""

UNMOVED = ("nobody_taken_on", "partial(retire,", "partial(absorb,")
"""Decisions that look at referrals and move none: a merge joins records, and each referral stays where it is."""


def doors() -> list[Path]:
    """Where reactions are put to use."""
    return [file for room in ("api", "channels") for file in (ROOT / "services" / "referral" / room).rglob("*.py")]


def test_every_decision_on_referrals_tells_their_referrers() -> None:
    found = {
        f"{file.name}: {line.strip()}"
        for file in (ROOT / "services" / "referral").rglob("*.py")
        for line in file.read_text().splitlines()
        if "on(Intake" in line and file.name not in BARE
    }
    assert found
    told = ("informing(on(Intake", "on(Intake, Feedback", *UNMOVED)
    assert [line for line in found if not any(words in line for words in told)] == []
    assert all(Feedback in reaction.states for reaction in handlers(OFFICE).values())
    uses = [line for file in doors() for line in file.read_text().splitlines() if ".reaction(" in line]
    assert uses
    assert [line for line in uses if "informing(" not in line] == []


def test_a_letter_is_due_for_what_is_news_and_only_then() -> None:
    desk = Desk()
    referral_id = referred(desk)
    desk.do(ACCEPT, AcceptReferral(referral_id=referral_id))
    assert [event.newsworthy for event in desk.of(ReferrerStatusChanged, referral_id)] == [True, True]


def test_a_plans_batch_gets_no_letter_per_person() -> None:
    desk = Desk()
    referral_id = referred(desk, channel="plan_batch")
    desk.do(ACCEPT, AcceptReferral(referral_id=referral_id))
    assert [event.newsworthy for event in desk.of(ReferrerStatusChanged, referral_id)] == [False, False]


@pytest.mark.parametrize("kind", ["person", "family"])
def test_who_refers_themself_or_a_relative_gets_no_letter_about_it(kind: str) -> None:
    desk = Desk()
    referral_id = referred(desk, referrer={**OSEI, "kind": kind})
    desk.do(ACCEPT, AcceptReferral(referral_id=referral_id))
    assert [event.newsworthy for event in desk.of(ReferrerStatusChanged, referral_id)] == [False, False]
    with pytest.raises(NoAddressOnFile):
        desk.do(links.RENEW, RenewLink(referral_id=referral_id))


def test_each_of_many_changes_at_once_is_kept_for_the_webhooks() -> None:
    desk = Desk()
    referrals = [referred(desk) for _ in range(25)]
    for referral_id in referrals:
        desk.now += timedelta(microseconds=1)
        desk.do(DECLINE, _declined(referral_id))
    told = {i for i, event in desk.told if isinstance(event, ReferrerStatusChanged)}
    assert {update.update_id for update in desk.feedback.updates} == told


def test_without_an_address_no_link_is_sent() -> None:
    desk = Desk()
    referral_id = referred(desk, referrer={"organization": "Hill", "phone": "508-580-2730"})
    with pytest.raises(NoAddressOnFile):
        desk.do(links.RENEW, RenewLink(referral_id=referral_id))


def test_a_link_is_renewed_once_an_hour_and_comes_alive_again_by_it() -> None:
    desk = Desk()
    referral_id = referred(desk)
    desk.do(links.REVOKE, RevokeLink(referral_id=referral_id))
    (revoked,) = desk.of(ReferrerLinkRevoked, referral_id)
    with pytest.raises(RenewedByTheOfficeOnly):
        desk.do(links.RENEW, RenewLink(referral_id=referral_id))
    desk.do(links.RENEW, RenewLink(referral_id=referral_id, by_office=True))
    with pytest.raises(RenewedJustNow):
        desk.do(links.RENEW, RenewLink(referral_id=referral_id))
    followed = desk.feedback.of(referral_id)
    assert followed
    assert not followed.revoked
    assert followed.link.link_id != revoked.link_id


def test_a_view_is_told_again_after_half_a_day() -> None:
    desk = Desk()
    referral_id = referred(desk)
    for hours in (0, 11, 1, 1):
        desk.now += timedelta(hours=hours)
        desk.do(links.NOTE_VIEW, NoteView(referral_id=referral_id, seen_by=SeenBy.LINK))
    assert len(desk.of(ReferrerStatusViewed, referral_id)) == 2


def test_no_webhook_waits_in_what_a_replay_read_again() -> None:
    desk = Desk()
    referred(desk)
    assert desk.feedback.updates
    assert desk.feedback.as_history().updates == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Elm Street Cardiology", "ELM STREET  cardiology, LLC"),
        ("St. Mary's & Sons", "St Marys and Sons"),
        ("Clínica Peña", "clinica pena"),
        ("The Co", "the co."),
    ],
)
def test_ways_of_writing_a_name_are_one_organization(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert organization_of(one) == organization_of(other)


def test_different_names_are_different_organizations_and_no_name_is_none() -> None:
    assert organization_of("Elm Street Cardiology") != organization_of("Elm Street Oncology")
    assert organization_of(" - ") is None
