"""Proposes who takes whose place when somebody is away, leaves or has too many patients; a coordinator approves."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from carebus.web.people import LANGUAGES
from services.care_plan.channels.planner.problem import Cared, Caseload, Proposal
from services.care_plan.domain.team.arranging import WithdrawChange
from services.care_plan.domain.team.fit import Candidate
from services.care_plan.store.proposals import LookedAfter, Proposed
from services.care_plan.store.rulesets import assignment_weights, travel_rules
from services.care_plan.store.team import Looking

HORIZON_DAYS = 30
"""Leave that begins later is proposed for later."""


def is_needed(people: Sequence[Looking], today: date) -> bool:
    """Whether anybody is away soon, leaves, loses a licence or has too many patients: else nothing is proposed."""
    soon = today + timedelta(days=HORIZON_DAYS)
    return any(
        one.clinician.left_on is not None
        or any(licence.until is not None and licence.until <= soon for licence in one.clinician.licences)
        or one.load > one.clinician.capacity
        or any(leave.last_day >= today for leave in one.clinician.leave)
        for one in people
    )


def caseload(
    patients: Sequence[LookedAfter], people: Sequence[Looking], today: date, own_rules: Path | None = None
) -> Caseload:
    """What the solver is given."""
    return Caseload(
        cared=tuple(cared for one in patients for cared in _cared(one)),
        candidates=tuple(Candidate(clinician=one.clinician, load=one.load) for one in people),
        weights=assignment_weights(own_rules),
        travel=travel_rules(own_rules),
        today=today,
        horizon_days=HORIZON_DAYS,
        names=LANGUAGES,
    )


def still_open(found: Sequence[Proposal], patients: Sequence[LookedAfter]) -> list[Proposal]:
    """What nobody has approved yet."""
    arranged = {(one.patient_id, each.leaves.clinician_id, each.on) for one in patients for each in one.arranged}
    return [one for one in found if (one.patient_id, one.leaves, one.from_day) not in arranged]


def in_vain(patients: Sequence[LookedAfter], people: Sequence[Looking]) -> Iterator[tuple[UUID, WithdrawChange]]:
    """Approved changes by which somebody would join who has left the clinic by then."""
    last_days = {one.clinician.clinician_id: one.clinician.left_on for one in people}
    for one in patients:
        for each in one.arranged:
            last_day = last_days.get(each.joins.clinician_id)
            if last_day is not None and last_day < each.on:
                yield one.patient_id, WithdrawChange(arranged_id=each.arranged_id)


def as_rows(proposals: Sequence[Proposal]) -> list[Proposed]:
    """The proposals with ids: the same as long as the same is proposed."""
    return [Proposed(proposal_id=uuid5(one.patient_id, one.model_dump_json()), **one.model_dump()) for one in proposals]


def _cared(one: LookedAfter) -> Iterator[Cared]:
    ids: set[UUID] = {member.clinician_id for member in one.team}
    for member in one.team:
        yield Cared(
            patient_id=one.patient_id,
            role=member.role,
            by=member.clinician_id,
            address=one.address,
            language=one.language,
            urgent=one.urgent,
            not_by=tuple(sorted(ids - {member.clinician_id})),
            stays=one.near_death,
        )
