"""Builds a decision on one referral: where it comes to stand, what is told, and which deadlines follow."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.event import Event
from carebus.contracts.referral import (
    Milestone,
    Party,
    Priority,
    ReferralDeadlineMet,
    ReferralDeadlinePaused,
    ReferralDeadlineResumed,
    ReferralDeadlineStarted,
)
from carebus.decisions import Cause, Decision, Timer, Wake, changed
from services.referral.domain.deadlines.table import DEFAULT, Office, Span
from services.referral.domain.workflow.commands import About
from services.referral.domain.workflow.dues import Closing, Deadline, Measure
from services.referral.domain.workflow.referrals import (
    DECISIONS,
    AlreadyDecided,
    ChangedMeanwhile,
    Intake,
    Referral,
    Step,
)
from services.referral.domain.workflow.statuses import Act, Status, permit, role_of

SEEN_AGAIN = {Status.TRIAGE: Milestone.DECISION, Status.ACCEPTED: Milestone.FIRST_VISIT}
"""What is due for a referral that the first release left without any deadline."""


class DeadlineDue(Timer):
    """A deadline's time has come."""

    referral_id: UUID
    milestone_id: UUID


class DecisionBuilder:
    """Gathers what follows, then gives it as one decision.

    `at` is when it happened, which deadlines begin and end at: a fact's own time, however late it is heard; else now.
    """

    def __init__(
        self, intake: Intake, referral: Referral, cause: Cause, office: Office = DEFAULT, at: datetime | None = None
    ) -> None:
        self.intake = intake
        self.referral = referral
        self.cause = cause
        self.office = office
        self.at = at or cause.now
        self._urgency_before = referral.urgency
        self._told: list[Event] = []
        self._wakes: list[Wake] = []
        self._cancelled: list[str] = []
        if not referral.deadlines and referral.status in SEEN_AGAIN and referral.standing is None:
            self.start(SEEN_AGAIN[referral.status])

    @classmethod
    def of(
        cls, intake: Intake, asked: About, act: Act, cause: Cause, office: Office, at: datetime | None = None
    ) -> "DecisionBuilder":
        """The way that this command takes.

        Raises ReferralUnknown, ChangedMeanwhile, AlreadyDecided, NotYours and NotNow.
        """
        referral = intake.referral(asked.referral_id)
        _same_as_seen(referral, asked.seen)
        outcome = referral.outcome
        if act in DECISIONS and outcome is not None:
            raise AlreadyDecided(status=outcome.status.value)
        permit(act, referral.status, role_of(cause.by))
        return cls(intake, referral, cause, office, at)

    def keeps(self, **fields: Any) -> "DecisionBuilder":
        """Keep these of the referral."""
        self.referral = self.referral.model_copy(update=fields)
        return self

    def stands(self, status: Status) -> "DecisionBuilder":
        """It comes to stand here."""
        return self.keeps(standing=status)

    def moves(self, status: Status) -> "DecisionBuilder":
        """Something happened that leads here; while a cancellation is asked for, it stands so once that is settled."""
        if self.referral.status is not Status.CANCELLATION_REQUESTED:
            return self.stands(status)
        return self.keeps(asked_back_at=status)

    def tells(self, *events: Event) -> "DecisionBuilder":
        """Publish these."""
        self._told += events
        return self

    def wakes(self, name: str, at: datetime, timer: Timer) -> "DecisionBuilder":
        """Be told at a time."""
        self._wakes.append(Wake(name, at, timer))
        return self

    def cancels(self, *names: str) -> "DecisionBuilder":
        """Forget these timers."""
        self._cancelled += names
        return self

    def start(self, milestone: Milestone, owed_by: Party = Party.OFFICE) -> Deadline:
        """Something is due from then on; nothing changes where it is due already."""
        if running := self._open(milestone):
            return running[0]
        span = self.office.span(milestone, self.referral.urgency, self.referral.payer)
        before = sum(each.milestone is milestone for each in self.referral.deadlines)
        deadline = Deadline(
            id=uuid5(self.referral.referral_id, f"{milestone}/{before + 1}"),
            milestone=milestone,
            owed_by=owed_by,
            business=span.business,
            length_seconds=span.length.total_seconds(),
            started_at=self.at,
            runs_since=self.at,
        )
        deadline = self._running(deadline)
        started = deadline.model_dump(include={"milestone", "owed_by", "started_at", "due_at"})
        urgency = self.referral.urgency
        return self._keep(deadline, ReferralDeadlineStarted(**self._about(deadline), urgency=urgency, **started))

    def meet(self, *milestones: Milestone) -> "DecisionBuilder":
        """What was due is done."""
        for deadline in self._open(*milestones):
            late = deadline.due_at is not None and self.at > deadline.due_at
            started = deadline.started_at
            about = {**self._about(deadline), "milestone": deadline.milestone}
            self._close(deadline, Closing.MET)
            self.tells(ReferralDeadlineMet(**about, late=late, started_at=started, met_at=self.at))
        return self

    def withdraw(self, *milestones: Milestone) -> "DecisionBuilder":
        """These are not due any more; none named means all."""
        for deadline in self._open(*(milestones or Milestone)):
            self._close(deadline, Closing.WITHDRAWN)
        return self

    def pause(self, *milestones: Milestone, waits_for: Party) -> "DecisionBuilder":
        """The clock stands still. One whose time has come stays missed, also if its timer has not said so yet."""
        for deadline in self._open(*milestones):
            if deadline.due_at is not None and deadline.breached_at is None and deadline.due_at > self.at:
                self._stop(deadline, waits_for)
        return self

    def resume(self, *milestones: Milestone, held_by: Party | None = None) -> "DecisionBuilder":
        """The clock goes on with what was left; where it stood still for this party, if one is named."""
        for deadline in self._open(*milestones):
            if deadline.due_at is None and held_by in {None, deadline.waits_for}:
                self._go_on(deadline.model_copy(update={"runs_since": self.at, "waits_for": None}))
        return self

    def retime(self, *milestones: Milestone) -> "DecisionBuilder":
        """Another urgency means another length: raised, it counts from now and is never later than before.

        Lowered, or for another payer, what has passed of it counts.
        """
        raised = self.referral.urgency is Priority.URGENT and self._urgency_before is not Priority.URGENT
        for deadline in self._open(*milestones):
            span = self.office.span(deadline.milestone, self.referral.urgency, self.referral.payer)
            same = (deadline.business, deadline.length_seconds) == (span.business, span.length.total_seconds())
            if deadline.breached_at is None and not same:
                new = self._raised(deadline, span) if raised else _lowered(deadline, span)
                if deadline.due_at is None:
                    self._replace(new)
                elif new is not deadline:
                    self._go_on(new)
        return self

    def _raised(self, deadline: Deadline, span: Span) -> Deadline:
        """So long from now on, unless what is left of it is less."""
        length = span.length.total_seconds()
        before = Measure.model_validate(deadline.model_dump(include=set(Measure.model_fields)))
        new = deadline.model_copy(
            update={
                "business": span.business,
                "length_seconds": length,
                "used_seconds": 0,
                "runs_since": self.at,
                "unraised": deadline.unraised or before,
            }
        )
        if deadline.due_at is not None:
            due_at = self.office.after(self.at, span.length, in_business=span.business)
            return new if due_at < deadline.due_at else deadline
        return new if length < deadline.length_seconds - deadline.used_seconds else deadline

    def done(self, what: str, *codes: str, text: str = "") -> Decision:
        """What follows, with one step more in the referral's story."""
        step = Step(what=what, at=self.at, by=self.cause.by, status=self.referral.status, codes=codes, text=text)
        if self.at != self.cause.now:
            step = step.model_copy(update={"noted_at": self.cause.now})
        return self.keeps(steps=(*self.referral.steps, step)).quietly()

    def quietly(self) -> Decision:
        """What follows, without a step in the story: nobody who saw the referral has missed anything."""
        decision = changed(self.intake.with_referral(self.referral)).part_of(self.referral.correlation_id)
        decision = decision.tells(*self._told).cancels(*self._cancelled)
        for wake in self._wakes:
            decision = decision.wakes(wake.name, wake.at, wake.timer)
        return decision

    def _open(self, *milestones: Milestone) -> list[Deadline]:
        return [each for each in self.referral.deadlines if each.open and each.milestone in milestones]

    def _about(self, deadline: Deadline) -> dict[str, Any]:
        return {"referral_id": self.referral.referral_id, "milestone_id": deadline.id}

    def _running(self, deadline: Deadline) -> Deadline:
        left = timedelta(seconds=deadline.length_seconds - deadline.used_seconds)
        due_at = self.office.after(deadline.runs_since, left, in_business=deadline.business)
        timer = DeadlineDue(referral_id=self.referral.referral_id, milestone_id=deadline.id)
        self.wakes(deadline.timer, due_at, timer)
        return deadline.model_copy(update={"due_at": due_at})

    def _stop(self, deadline: Deadline, waits_for: Party) -> None:
        passed = self.office.passed(deadline.runs_since, self.at, in_business=deadline.business).total_seconds()
        used = min(deadline.used_seconds + passed, deadline.length_seconds)
        stopped = {"used_seconds": used, "due_at": None, "waits_for": waits_for}
        self._cancel(deadline)
        self._keep(
            deadline.model_copy(update=stopped),
            ReferralDeadlinePaused(
                **self._about(deadline),
                milestone=deadline.milestone,
                waits_for=waits_for,
                remaining_seconds=round(deadline.length_seconds - used),
                paused_at=self.at,
            ),
        )

    def _go_on(self, deadline: Deadline) -> None:
        running = self._running(deadline)
        self._keep(
            running,
            ReferralDeadlineResumed(
                **self._about(running),
                milestone=running.milestone,
                resumed_at=self.at,
                due_at=running.due_at or self.at,
            ),
        )

    def _close(self, deadline: Deadline, closing: Closing) -> None:
        self._cancel(deadline)
        self._replace(deadline.model_copy(update={"closing": closing, "closed_at": self.at}))

    def _cancel(self, deadline: Deadline) -> None:
        """Forget its timer, also one set by this same decision."""
        self._wakes = [wake for wake in self._wakes if wake.name != deadline.timer]
        self.cancels(deadline.timer)

    def _keep(self, deadline: Deadline, told: Event) -> Deadline:
        self._replace(deadline)
        self.tells(told)
        return deadline

    def _replace(self, deadline: Deadline) -> None:
        kept = [each for each in self.referral.deadlines if each.id != deadline.id]
        at = next((n for n, each in enumerate(self.referral.deadlines) if each.id == deadline.id), len(kept))
        self.keeps(deadlines=(*kept[:at], deadline, *kept[at:]))


def _lowered(deadline: Deadline, span: Span) -> Deadline:
    """As it ran before it was raised, if it was; else what has passed of it counts."""
    before = deadline.unraised
    if before is None or (before.business, before.length_seconds) != (span.business, span.length.total_seconds()):
        return _lengthened(deadline, span)
    return deadline.model_copy(update={**before.model_dump(), "unraised": None})


def _lengthened(deadline: Deadline, span: Span) -> Deadline:
    new = {"business": span.business, "length_seconds": span.length.total_seconds()}
    if deadline.business is not span.business:  # hours of two kinds: the same share of it has passed
        new["used_seconds"] = deadline.used_seconds * span.length.total_seconds() / deadline.length_seconds
    return deadline.model_copy(update=new)


def changes(steps: Iterable[Step]) -> str:
    """What happened, in short: codes and who did it, and nothing that names a person."""
    return ", ".join(f"{step.what} (by {step.by})" for step in steps)


def _same_as_seen(referral: Referral, seen: int | None) -> None:
    if seen is not None and seen != referral.version:
        raise ChangedMeanwhile(changes=changes(referral.steps[seen:]) or "it is not the one you saw")
