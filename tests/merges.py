"""Sequences of merges and unmerges as the referral service allows them, and how they reach a subscriber."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.referral import MergeReason, PatientMerged, PatientUnmerged
from carebus.testing import START, Bench


@dataclass(frozen=True)
class Step:
    """One merge, or its undoing."""

    event: PatientMerged | PatientUnmerged

    @property
    def streams(self) -> tuple[UUID, UUID]:
        """Both patients on whose streams it is told."""
        return self.event.retired_id, self.event.survivor_id


def merged(retired: UUID, survivor: UUID, *, both_in_care: bool = False) -> PatientMerged:
    """One record ends in another."""
    return PatientMerged(
        merge_id=UUID(int=retired.int ^ survivor.int),
        survivor_id=survivor,
        retired_id=retired,
        reason=MergeReason.REVIEWED,
        both_in_care=both_in_care,
        merged_at=START,
    )


def unmerged(retired: UUID, survivor: UUID) -> PatientUnmerged:
    """It was wrong."""
    return PatientUnmerged(survivor_id=survivor, retired_id=retired, reason=MergeReason.MISTAKEN, unmerged_at=START)


def history(dice: Random, patients: Sequence[UUID], length: int) -> tuple[list[Step], dict[UUID, UUID]]:
    """Some steps, and who is merged into whom at their end: a survivor is never itself retired."""
    into: dict[UUID, UUID] = {}
    steps = []
    for _ in range(length):
        roots = [each for each in patients if each not in into]
        free = [each for each in roots if each not in into.values()]
        pairs = [(a, b) for a in free for b in roots if a != b]
        if into and (not pairs or dice.random() < 0.4):
            retired = dice.choice(sorted(into))
            steps.append(Step(unmerged(retired, into.pop(retired))))
        else:
            retired, survivor = dice.choice(pairs)
            into[retired] = survivor
            steps.append(Step(merged(retired, survivor, both_in_care=dice.random() < 0.5)))
    return steps, into


def undone(into: dict[UUID, UUID]) -> list[Step]:
    """The steps that undo what is left."""
    return [Step(unmerged(retired, survivor)) for retired, survivor in sorted(into.items())]


def as_told(dice: Random, steps: Sequence[Step]) -> list[tuple[UUID, PatientEvent]]:
    """Each step on both its streams: in order on each, and in any order between them."""
    queues: dict[UUID, list[PatientEvent]] = {}
    for step in steps:
        for patient in step.streams:
            queues.setdefault(patient, []).append(step.event)
    told = []
    while queues:
        patient = dice.choice(sorted(queues))
        told.append((patient, queues[patient].pop(0)))
        if not queues[patient]:
            del queues[patient]
    return told


async def deliver(bench: Bench, dice: Random, steps: Sequence[Step]) -> None:
    """Let a service hear these, everything twice."""
    for patient, event in as_told(dice, steps):
        handled = await bench.hears(event, patient=patient, times=2)
        assert handled.parked.total() == 0
