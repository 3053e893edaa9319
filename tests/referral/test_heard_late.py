"""What other services told a month ago is on the referral's page with its own date, and no deadline begins late."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    CareTeamMemberChanged,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitRescheduled,
    VisitSummaryIssued,
)
from carebus.contracts.notifications import ReferrerLetterSent
from carebus.contracts.referral import Milestone, ReferralDeadlineBreached, ReferralDeadlineMet
from carebus.decisions import Cause, on
from carebus.testing import START, Bench, Happens, late_differences
from services.referral.domain import DEEDS, Act, Intake, Office
from services.referral.domain.feedback.updates import informing
from tests.examples import example
from tests.referral.deciding import Desk, receive
from tests.referral.following import following
from tests.referral.samples import NOW, RULES, stated
from tests.told import EPISODE, completed, scheduled, team

P = UUID(int=7)
DAY = timedelta(days=1)
COMMAND = UUID(int=5)
REFERRAL = uuid5(COMMAND, "referral")

VISIT = START + DAY


def told() -> list[tuple[float, Event]]:
    """How care goes on for somebody who was taken on, by the day."""
    of = {"episode_id": EPISODE, "visit_id": uuid5(EPISODE, "1")}
    issued = example(VisitSummaryIssued, **of, referral_id=REFERRAL, issued_at=START + 2 * DAY)
    letter = example(ReferrerLetterSent, referral_id=REFERRAL, status="summary_sent", sent_at=START + 3 * DAY)
    return [
        (0.25, example(EpisodeOpened, referral_id=REFERRAL, episode_id=EPISODE, opened_at=START + DAY / 4)),
        (0.3, team()),
        (0.5, scheduled(at=VISIT)),
        (1 + 1 / 36, completed(at=VISIT)),
        (2, issued),
        (3, letter),
        (4, example(VisitRescheduled, **of, rescheduled_at=START + 4 * DAY)),
        (4, example(VisitCancelled, **of, cancelled_at=START + 4 * DAY)),
        (4, example(CareTeamMemberChanged, episode_id=EPISODE)),
        (5, example(CareHeld, episode_id=EPISODE, held_at=START + 5 * DAY)),
        (6, example(CareResumed, episode_id=EPISODE, resumed_at=START + 6 * DAY)),
        (7, example(EpisodeEnded, episode_id=EPISODE, ended_at=START + 7 * DAY)),
    ]


async def taken_on(bench: Bench) -> None:
    """Somebody was referred and taken on, by commands whose ids are always the same."""
    first = Cause(
        id=COMMAND,
        stream=patient_stream(P),
        now=START,
        actor="coordinator",
        correlation_id=COMMAND,
        occurred_at=START,
    )
    office = Office(rules=RULES)
    referred = informing(on(Intake, receive))
    accept = informing(DEEDS[Act.ACCEPT].reaction(office))
    asked = DEEDS[Act.ACCEPT].command(referral_id=REFERRAL)
    steps = [(referred, stated(), first), (accept, asked, first._replace(id=UUID(int=6)))]
    assert await bench.service.commands.perform_all(steps) == []


async def test_what_is_heard_a_month_late_has_its_own_dates(postgres_url: str, tmp_path: Path) -> None:
    def opened(_: datetime) -> AbstractAsyncContextManager[Bench]:
        return following(postgres_url, tmp_path)

    story = [Happens(day * DAY, event, patient_stream(P)) for day, event in told()]

    # Its deadlines began by commands, so it is no new service: a timer may be ahead of what is yet to be read.
    found = await late_differences(opened, story, before=taken_on, timers_between=False)
    assert found == {"Intake.referrals.steps.noted_at"}


def test_a_deadline_begins_when_the_visit_took_place_and_is_met_when_the_summary_was_issued() -> None:
    desk = Desk()
    desk.refer()
    desk.does(Act.ACCEPT)
    visit, summed = desk.now + 2 * DAY, desk.now + 3 * DAY
    of = {"episode_id": EPISODE, "visit_id": uuid5(EPISODE, "1")}
    opened = example(EpisodeOpened, referral_id=desk.referral.referral_id, episode_id=EPISODE, opened_at=desk.now)
    desk.now += 30 * DAY
    desk.hear(opened)
    desk.hear(scheduled(at=visit))
    desk.hear(completed(at=visit))
    desk.hear(example(VisitSummaryIssued, **of, referral_id=desk.referral.referral_id, issued_at=summed))

    met = {event.milestone: event for event in desk.tells(ReferralDeadlineMet)}
    assert met[Milestone.FIRST_VISIT].met_at == visit + timedelta(minutes=40)
    assert not met[Milestone.FIRST_VISIT].late
    assert met[Milestone.SUMMARY].started_at == visit + timedelta(minutes=40)
    assert met[Milestone.SUMMARY].met_at == summed
    assert not met[Milestone.SUMMARY].late


def test_a_deadline_is_missed_when_it_was_due_however_late_its_timer_is_handled() -> None:
    desk = Desk()
    desk.refer()
    (due,) = (each.due_at for each in desk.referral.due if each.milestone is Milestone.DECISION)
    (timer,) = desk.timers.values()
    desk.now += 30 * DAY
    desk.hear(timer.timer)

    (breach,) = desk.tells(ReferralDeadlineBreached)
    assert breach.due_at == breach.breached_at == due


def test_a_fax_that_lay_for_a_day_is_due_from_its_arrival() -> None:
    arrived, desk = NOW - DAY, Desk()
    desk.refer(channel="fax", arrived_at=arrived.isoformat())
    fresh = Desk(now=arrived)
    fresh.refer(channel="fax")

    assert {due.started_at for due in desk.referral.due} == {arrived}
    assert [due.due_at for due in desk.referral.due] == [due.due_at for due in fresh.referral.due]
    assert desk.referral.received.received_at == NOW


def test_what_is_due_for_a_referral_taken_up_again_is_due_from_then() -> None:
    desk = Desk()
    desk.refer(channel="fax", arrived_at=(NOW - DAY).isoformat())
    desk.does(Act.DECLINE, reason="no_capacity")
    desk.passes(days=20)
    desk.does(Act.REOPEN)

    assert {due.started_at for due in desk.intake.referrals[1].due} == {desk.now}
