"""Who takes whose place when somebody is on leave, resigns or has too many patients: proposals without a gap.

A resignation, or the end of a licence, is answered for good, from the day after the last one. Leave is answered by
somebody who stands in for its days; where nobody is there for all of them, several in turn. Of who has too many
patients as many move as are too many, those who lose least by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from carebus.contracts.care_plan import TeamChange
from services.care_plan.channels.planner.assignment import as_loaded, assign
from services.care_plan.channels.planner.problem import (
    Assignment,
    Cared,
    Caseload,
    Choice,
    Problem,
    Proposal,
    Unassigned,
)
from services.care_plan.domain.team.costs import Costs
from services.care_plan.domain.team.fit import Candidate, Wanted
from services.care_plan.domain.team.states import state_code

DAY = timedelta(days=1)

Found = Choice | Unassigned


def propose(caseload: Caseload) -> tuple[Proposal, ...]:
    """What a coordinator is asked to approve. The more certain need comes first, so that it finds room first.

    Raises AssignmentFailed.
    """
    proposals: list[Proposal] = []
    for answer, reason in (
        (_for_resigned, TeamChange.RESIGNED),
        (_for_licence, TeamChange.LICENCE_ENDS),
        (_for_leave, TeamChange.LEAVE),
        (_for_overload, TeamChange.OVERLOAD),
    ):
        found = answer(caseload)
        caseload = _loaded(caseload, found)
        proposals += (_proposal(each, reason) for each in found)
    return tuple(proposals)


def _for_resigned(caseload: Caseload) -> list[Found]:
    last_days = {each.clinician_id: each.clinician.left_on for each in caseload.candidates}
    wanted = [
        _instead(one, max(last_day + DAY, caseload.today))
        for one in caseload.cared
        if (last_day := last_days.get(one.by)) is not None
    ]
    found = _assigned(caseload, wanted)
    return [*found.choices, *found.unassigned]


def _for_licence(caseload: Caseload) -> list[Found]:
    """A member who has no licence left where the patient lives is replaced by somebody who has one."""
    by_id = {each.clinician_id: each.clinician for each in caseload.candidates if each.clinician.left_on is None}
    soon = caseload.today + caseload.horizon_days * DAY
    wanted = []
    for one in caseload.cared:
        state = state_code(one.address.state, one.address.postal_code)
        until = by_id[one.by].licensed_until(state) if state and one.by in by_id else date.max
        if until <= soon:
            wanted.append(_instead(one, max(until, caseload.today - DAY) + DAY))
    found = _assigned(caseload, wanted)
    return [*found.choices, *found.unassigned]


def _for_leave(caseload: Caseload) -> list[Found]:
    by_id = {each.clinician_id: each for each in caseload.candidates}
    wanted = [
        _instead(one, first, until)
        for one in caseload.cared
        if one.by in by_id
        for first, until in _absences(by_id[one.by], caseload)
    ]
    return _in_turn(_covered(caseload, wanted))


def _absences(candidate: Candidate, caseload: Caseload) -> Iterator[tuple[date, date]]:
    """The days away that begin within the horizon, as far as they lie ahead and in the time that they work here."""
    last = candidate.clinician.left_on or date.max
    for leave in candidate.clinician.leave:
        first, until = max(leave.first_day, caseload.today), min(leave.last_day, last)
        if first <= min(until, caseload.today + caseload.horizon_days * DAY):
            yield first, until


def _covered(caseload: Caseload, wanted: Sequence[Wanted]) -> Iterator[Found]:
    """Somebody for all days, else for each half of them, and so on down to single days."""
    while wanted:
        found = _assigned(caseload, wanted)
        caseload = _loaded(caseload, found.choices)
        yield from found.choices
        yield from (each for each in found.unassigned if each.on == each.until)
        asked = {_key(each): each for each in wanted}
        wanted = [half for each in found.unassigned for half in _halves(asked[_key(each)])]


def _halves(wanted: Wanted) -> list[Wanted]:
    assert wanted.until is not None, "leave has an end"
    if wanted.on == wanted.until:
        return []
    middle = wanted.on + (wanted.until - wanted.on) // 2
    return [wanted.model_copy(update={"until": middle}), wanted.model_copy(update={"on": middle + DAY})]


def _in_turn(found: Iterable[Found]) -> list[Found]:
    """Spans that follow each other with the same person, or with nobody, as one span."""
    merged: list[Found] = []
    for each in sorted(found, key=lambda one: (str(one.patient_id), one.role, str(one.replaces), one.on)):
        if merged and _goes_on(merged[-1], each):
            merged[-1] = merged[-1].model_copy(update={"until": each.until})
        else:
            merged.append(each)
    return merged


def _goes_on(before: Found, each: Found) -> bool:
    same = (before.patient_id, before.replaces, _who(before)) == (each.patient_id, each.replaces, _who(each))
    return same and before.until is not None and before.until + DAY == each.on


def _for_overload(caseload: Caseload) -> list[Found]:
    """Their patients are assigned as if all came anew: whoever goes to another may move, as many as are too many."""
    many = {
        each.clinician_id: each
        for each in caseload.candidates
        if each.load > each.clinician.capacity and each.clinician.left_on is None
    }
    wanted = {
        _key(again): again
        for one in caseload.cared
        if one.by in many and not one.stays
        for again in [_again(one, caseload.today)]
    }
    found = _assigned(_without(caseload, wanted.values()), list(wanted.values()))
    moving = defaultdict[UUID, list[Choice]](list)
    for choice in found.choices:
        if choice.replaces is not None and choice.clinician_id != choice.replaces:
            moving[choice.replaces].append(choice)
    return [choice for who, choices in moving.items() for choice in _least_losses(choices, many[who], caseload, wanted)]


def _least_losses(
    choices: Sequence[Choice], of: Candidate, caseload: Caseload, wanted: dict[object, Wanted]
) -> list[Choice]:
    """As many of these as are too many, those first who are as well off, or better, with another."""
    costs = Costs([of], caseload.weights, caseload.travel)

    def loss(choice: Choice) -> tuple[int, str]:
        return choice.cost - costs.row(wanted[_key(choice)])[0], str(choice.patient_id)

    return sorted(choices, key=loss)[: of.load - of.clinician.capacity]


def _without(caseload: Caseload, wanted: Iterable[Wanted]) -> Caseload:
    """The same without these patients in the loads of those who look after them now."""
    asked = defaultdict[UUID | None, int](int)
    for each in wanted:
        asked[each.replaces] += 1
    candidates = tuple(
        each.model_copy(update={"load": max(each.load - asked[each.clinician_id], 0)}) for each in caseload.candidates
    )
    return caseload.model_copy(update={"candidates": candidates})


def _instead(one: Cared, on: date, until: date | None = None) -> Wanted:
    """Somebody in the place of who looks after this patient now."""
    return _as_wanted(one, on, until).model_copy(update={"not_by": (one.by, *one.not_by)})


def _again(one: Cared, today: date) -> Wanted:
    """Somebody for this patient, who may be whom they have now: that is what they are used to."""
    return _as_wanted(one, today, None).model_copy(update={"before": (one.by, *one.before)})


def _as_wanted(one: Cared, on: date, until: date | None) -> Wanted:
    return Wanted(
        patient_id=one.patient_id,
        role=one.role,
        on=on,
        until=until,
        address=one.address,
        language=one.language,
        urgent=one.urgent,
        skills=one.skills,
        before=one.before,
        not_by=one.not_by,
        replaces=one.by,
    )


def _assigned(caseload: Caseload, wanted: Sequence[Wanted]) -> Assignment:
    same = {name: getattr(caseload, name) for name in ("candidates", "weights", "travel", "names")}
    return assign(Problem(wanted=tuple(wanted), **same))


def _loaded(caseload: Caseload, found: Iterable[Found]) -> Caseload:
    taken = (each.clinician_id for each in found if isinstance(each, Choice))
    return caseload.model_copy(update={"candidates": tuple(as_loaded(caseload.candidates, taken))})


def _proposal(found: Found, reason: TeamChange) -> Proposal:
    assert found.replaces is not None, "every one of these takes somebody's place"
    return Proposal(
        patient_id=found.patient_id,
        role=found.role,
        leaves=found.replaces,
        joins=_who(found),
        from_day=found.on,
        until=found.until,
        reason=reason,
        because=found.because if isinstance(found, Choice) else found.why,
    )


def _who(found: Found) -> UUID | None:
    return found.clinician_id if isinstance(found, Choice) else None


def _key(of: Found | Wanted) -> object:
    return of.patient_id, of.role, of.on, of.until, of.replaces
