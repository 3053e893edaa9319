"""The composition root of the care plan service."""

from pathlib import Path

from carebus.service import Look, Service, Worker
from carebus.web import Link
from services.care_plan import store
from services.care_plan.access import ACCESS
from services.care_plan.api import router
from services.care_plan.channels.planner.planning import PLANNER, plan
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.handlers import HANDLERS
from services.care_plan.settings import Settings

LOOK = Look(
    title="Care plan",
    templates=Path(__file__).parent / "templates",
    menu=(
        Link("Caseload", "/"),
        Link("Today", "/day"),
        Link("Hospice", "/hospice"),
        Link("Bereavement", "/bereavement"),
        Link("Roster", "/roster"),
        Link("Stand-ins", "/proposals"),
        Link("My calendar", "/calendar"),
        Link("Emergency access", "/emergency"),
    ),
)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "care_plan",
        states=store.STATES,
        handlers=HANDLERS,
        router=router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
        workers=(Worker(PLANNER, plan, after=(Care, Clinician)),),
    )


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
