"""The composition root of the line."""

from pathlib import Path

from carebus.service import Look, Service
from carebus.web import Link
from carebus.web.waiting import Waiting
from services.line import store
from services.line.access import ACCESS
from services.line.api import router
from services.line.handlers import HANDLERS
from services.line.settings import Settings
from services.line.store import calls

LOOK = Look(
    "Line",
    Path(__file__).parent / "templates",
    (Link("Board", "/"), Link("Hand-overs", "/hand-overs"), Link("Shifts", "/shifts")),
)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "line",
        states=store.STATES,
        handlers=HANDLERS,
        router=router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
    ).measuring(Waiting("pages", calls.untaken))


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
