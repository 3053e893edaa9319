"""What stands on the sides: the patient's documents and spoken wishes, and what other services plan or advise."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from carebus.contracts.care_plan import GoalStatus, InterventionKind, PlanIntervention, PlannedElsewhere, PlanOfCare
from carebus.contracts.line import HospitalAdvice
from carebus.contracts.wishes import Choice, KnownWish, Side, SideKind, WishSource, WishTopic
from services.wishes.domain.conflicts.equipment import CODES, of_equipment
from services.wishes.domain.wishes import Wishes

NOT_SOUGHT = frozenset({GoalStatus.COMPLETED, GoalStatus.CANCELLED, GoalStatus.ENTERED_IN_ERROR, GoalStatus.REJECTED})
_KINDS = {WishSource.DOCUMENT: SideKind.DOCUMENT, WishSource.CONVERSATION: SideKind.CONVERSATION}


def of_wishes(wishes: Wishes) -> tuple[KnownWish, ...]:
    """Everything that documents in force say and that was said last, the latest first."""
    written = [
        KnownWish(
            statement=statement,
            source=WishSource.DOCUMENT,
            source_id=document.document_id,
            stated_on=document.stated_on,
            verified=document.verified_at is not None,
        )
        for document in wishes.documents
        if document.counts
        for statement in document.statements
    ]
    known = [*written, *wishes.spoken]
    return tuple(sorted(known, key=lambda one: (one.stated_on, one.verified, str(one.source_id)), reverse=True))


def side_of(known: KnownWish) -> Side:
    """A wish as a side."""
    return Side(
        kind=_KINDS[known.source],
        of=known.source_id,
        topic=known.statement.topic,
        choice=known.statement.choice,
        words=known.statement.words,
        stated_on=known.stated_on,
        verified=known.verified,
    )


def all_sides(wishes: Wishes) -> tuple[Side, ...]:
    """Whatever may contradict something."""
    return (*map(side_of, of_wishes(wishes)), *wishes.elsewhere, *of_equipment(wishes.asked, wishes.lent))


def of_plan(plan: PlanOfCare, stated_on: date) -> tuple[Side, ...]:
    """What a plan of care means for wishes: goals of comfort at home, ways to hospital, equipment."""
    return (*_goals(plan, stated_on), *_orders(plan, stated_on), *_equipment(plan, stated_on))


def of_advice(call_id: UUID, hospital: HospitalAdvice, stated_on: date) -> tuple[Side, ...]:
    """What a nurse advised a caller, where it is a way to hospital."""
    if hospital is HospitalAdvice.NONE:
        return ()
    return (_hospital(SideKind.ADVICE, call_id, "", stated_on),)


def _goals(plan: PlanOfCare, stated_on: date) -> Iterator[Side]:
    for goal in plan.goals:
        if goal.at_home and goal.status not in NOT_SOUGHT:
            side = (WishTopic.HOSPITAL, Choice.NO_HOSPITAL)
            yield _side(SideKind.GOAL, goal.goal_id, side, goal.words, stated_on)


def _orders(plan: PlanOfCare, stated_on: date) -> Iterator[Side]:
    for thing in _planned(plan):
        if thing.kind is InterventionKind.HOSPITAL:
            yield _hospital(SideKind.ORDER, _id(thing), thing.text, stated_on)


def _equipment(plan: PlanOfCare, stated_on: date) -> Iterator[Side]:
    for thing in _planned(plan):
        if found := CODES.get(thing.equipment_code.upper()):
            yield _side(SideKind.EQUIPMENT, _id(thing), found.means, thing.text, stated_on)


def _planned(plan: PlanOfCare) -> Iterator[PlanIntervention | PlannedElsewhere]:
    yield from plan.interventions
    yield from plan.elsewhere


def _id(thing: PlanIntervention | PlannedElsewhere) -> UUID:
    return thing.item_id if isinstance(thing, PlannedElsewhere) else thing.intervention_id


def _hospital(kind: SideKind, of: UUID, words: str, stated_on: date) -> Side:
    return _side(kind, of, (WishTopic.HOSPITAL, Choice.HOSPITAL_IF_NEEDED), words, stated_on)


def _side(kind: SideKind, of: UUID, side: tuple[WishTopic, Choice], words: str, stated_on: date) -> Side:
    topic, choice = side
    return Side(kind=kind, of=of, topic=topic, choice=choice, words=words, stated_on=stated_on)
