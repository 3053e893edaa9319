"""Invents patients' ways through the service, and counts them in another way than the service does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from statistics import mean
from typing import Any
from uuid import UUID

from carebus.contracts.care_plan import CarePlanDrafted, CareTeamAssignmentDelayed, EpisodeOpened, EsasR, VisitOverdue
from carebus.contracts.event import Event
from carebus.contracts.notifications import (
    FailureReason,
    MessageChannel,
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
    SuppressedReason,
    Topic,
)
from carebus.contracts.people import Condition, Payer, PayerKind, Role
from carebus.contracts.referral import DeclineReason, EligibilityAssessed
from carebus.testing import START
from tests.told import EPISODE, REFERRAL, accepted, completed, declined, received, scheduled, team

SYMPTOMS = tuple(EsasR.model_fields)


@dataclass
class Way:
    """One patient's events, and what they should count as."""

    events: list[Event] = field(default_factory=list)
    conditions: tuple[Condition, ...] = ()
    payer: str = "unknown"
    scores: list[dict[str, int | None]] = field(default_factory=list)
    first_visit_days: float | None = None


def way(dice: Random) -> Way:
    """A patient who is declined, or accepted and visited a few times, with all that goes with it."""
    made = Way(conditions=tuple(dice.sample(list(Condition), dice.randint(0, 2))))
    payer = Payer(name="A plan", kind=dice.choice(list(PayerKind))) if dice.random() < 0.9 else None
    made.payer = payer.kind.value if payer else "unknown"
    made.events = [
        received(conditions=made.conditions, payer=payer),
        EligibilityAssessed(referral_id=REFERRAL, ruleset="x", criteria=(), eligible=bool(made.conditions)),
    ]
    fate = dice.random()
    if fate < 0.25 or not made.conditions:
        made.events.append(declined(dice.choice(list(DeclineReason))))
    elif fate < 0.95:
        made.events.append(accepted(conditions=made.conditions, payer=payer))
        _cared_for(made, dice)
    return made


def _cared_for(made: Way, dice: Random) -> None:
    if dice.random() < 0.2:
        made.events.append(CareTeamAssignmentDelayed(episode_id=EPISODE, roles=(Role.NURSE,)))
    day = START.date()
    made.events += [
        EpisodeOpened(
            episode_id=EPISODE,
            referral_id=REFERRAL,
            conditions=made.conditions,
            ready_for_care_on=day,
            opened_at=START,
        ),
        CarePlanDrafted(plan_id=UUID(int=8), episode_id=EPISODE, version=1, concerns=(), goals=()),
        team(),
        *_message(Topic.CARE_TEAM, dice),
    ]
    days = dice.uniform(0, 9)
    for ordinal in range(1, dice.randint(1, 4)):
        at = START + timedelta(days=days)
        made.events.append(scheduled(ordinal, at=at))
        if dice.random() < 0.1:
            made.events.append(VisitOverdue(visit_id=UUID(int=7), episode_id=EPISODE, starts_at=at))
        answered = {name: dice.choice([None, *range(11)]) for name in SYMPTOMS} if dice.random() < 0.8 else None
        made.events.append(completed(ordinal, at=at, esas=EsasR.model_validate(answered) if answered else None))
        made.events += _message(Topic.VISIT_DONE, dice)
        made.first_visit_days = days if made.first_visit_days is None else made.first_visit_days
        made.scores += [answered] if answered else []
        days += dice.uniform(1, 15)


def _message(topic: Topic, dice: Random) -> list[Event]:
    about: dict[str, Any] = {
        "notification_id": UUID(int=dice.getrandbits(128)),
        "contact_id": UUID(int=5),
        "topic": topic,
        "channel": MessageChannel.EMAIL,
    }
    requested = NotificationRequested(**about, template="x/1")
    fate = dice.random()
    if fate < 0.2:
        return [NotificationSuppressed(topic=topic, reason=dice.choice(list(SuppressedReason)))]
    if fate < 0.8:
        return [requested, NotificationSent(**about, message_id="<x@y>", attempts=1, sent_at=START)]
    return [requested, NotificationFailed(**about, reason=FailureReason.UNREACHABLE, attempts=3)]


def expected(ways: list[Way]) -> dict[str, Any]:
    """What the service should count, by looking at every event of everyone."""
    kinds = [Counter(type(event).__name__ for event in one.events) for one in ways]
    every = [event for one in ways for event in one.events]
    total = sum(kinds, Counter())
    return {
        "received": total["ReferralReceived"],
        "accepted": total["ReferralAccepted"],
        "declined": dict(Counter(e.reason.value for e in every if type(e).__name__ == "ReferralDeclined")),  # type: ignore[attr-defined]
        "teams_assigned": total["CareTeamAssigned"],
        "visits_scheduled": total["VisitScheduled"],
        "visits_completed": total["VisitCompleted"],
        "patients_visited": sum(kind["VisitCompleted"] > 0 for kind in kinds),
        "notified": total["NotificationSent"],
        "families_notified": sum(kind["NotificationSent"] > 0 for kind in kinds),
        "failed": total["NotificationFailed"],
        "suppressed": dict(Counter(e.reason.value for e in every if isinstance(e, NotificationSuppressed))),
        "by_condition": _groups(ways, kinds, lambda one: [c.value for c in one.conditions] or ["none"]),
        "by_payer": _groups(ways, kinds, lambda one: [one.payer]),
    }


def _groups(ways: list[Way], kinds: list[Counter[str]], names: Any) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for one, kind in zip(ways, kinds, strict=True):
        for name in names(one):
            group = found.setdefault(name, Counter())
            fate = "accepted" if kind["ReferralAccepted"] else "declined" if kind["ReferralDeclined"] else "undecided"
            group.update(["received", fate, *(["visited"] if kind["VisitCompleted"] else [])])
    return {
        name: {key: group[key] for key in ("received", "accepted", "declined", "undecided", "visited")}
        for name, group in found.items()
    }


def expected_changes(ways: list[Way]) -> dict[str, tuple[int, float]]:
    """Per symptom, how many answered at two visits or more, and the mean difference from the first to the latest."""
    changes: dict[str, list[int]] = {}
    for one in ways:
        for name in SYMPTOMS:
            answers = [score for scores in one.scores if (score := scores[name]) is not None]
            if len(answers) > 1:
                changes.setdefault(name, []).append(answers[-1] - answers[0])
    return {name: (len(found), mean(found)) for name, found in changes.items()}
