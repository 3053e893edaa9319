"""A look that a visit sets off: whether there is a reason to talk about hospice, once phase or function are known."""

from carebus.decisions import Cause, Decision, Timer
from services.care_plan.domain.care.record import VisitRecord

LOOK = "hospice_look"


class HospiceLookDue(Timer):
    """Something was found, or corrected, that rules about hospice may ask for."""


def look_for_hospice(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """The decision on a visit with a look at hospice as the next thing, where its phase or function was assessed."""
    versions = [*record.earlier, *([record.stated] if record.stated else [])]
    if all(one.assessments.phase is None and one.assessments.akps is None for one in versions):
        return decision
    return decision.wakes(LOOK, cause.now, HospiceLookDue())
