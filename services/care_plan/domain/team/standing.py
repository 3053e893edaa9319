"""Whether a clinician may be sent to somebody on a day: licensed where the person lives, still here, and not away."""

from datetime import date
from http import HTTPStatus

from carebus.errors import CarebusError
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.fit import licensed


class NotLicensedThere(CarebusError):
    """{name} has no licence for {state} on that day. Choose somebody who has, or enter the licence on the roster."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotThereThen(CarebusError):
    """{name} is on leave, or has left, on that day. Choose somebody else, or another day."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def require_standing(clinician: Clinician, state: str, day: date, field: str) -> None:
    """Raises NotLicensedThere or NotThereThen unless they may be sent to a state (two letters) on this day."""
    if not clinician.is_employed(day) or clinician.is_away(day):
        raise NotThereThen(field=field, name=clinician.name)
    if not licensed(clinician, state, day, None):
        raise NotLicensedThere(field=field, name=clinician.name, state=state)
