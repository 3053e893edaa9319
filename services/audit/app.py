"""The service, put together."""

from pathlib import Path

from carebus.service import Look, Service
from carebus.web import Link
from carebus.web.waiting import Waiting
from services.audit import api, store
from services.audit.access import ACCESS
from services.audit.handlers import HANDLERS
from services.audit.settings import Settings

MENU = (Link("Search", "/"), Link("Emergency access", "/reviews"), Link("Chains", "/chains"))
LOOK = Look("Audit", Path(__file__).parent / "templates", MENU)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "audit",
        states=store.STATES,
        handlers=HANDLERS,
        router=api.router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
    ).measuring(Waiting("emergency_access", store.unreviewed))


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
