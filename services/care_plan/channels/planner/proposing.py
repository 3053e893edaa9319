"""Proposes who takes whose place when somebody is away, leaves or has too many patients; a coordinator approves."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

from carebus.web.people import LANGUAGES
from services.care_plan.channels.planner.problem import Cared, Caseload, Proposal
from services.care_plan.domain.team.fit import Candidate
from services.care_plan.store.proposals import LookedAfter, Proposed
from services.care_plan.store.rulesets import assignment_weights, travel_rules
from services.care_plan.store.team import Looking

HORIZON_DAYS = 30
"""Leave that begins later is proposed for later."""


def is_needed(people: Sequence[Looking], today: date) -> bool:
    """Whether anybody is away soon, leaves, or has too many patients: else there is nothing to propose."""
    return any(
        one.clinician.left_on is not None
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
