"""Puts the outcomes service together."""

from pathlib import Path

from carebus.service import Look, Service
from carebus.web import Link
from services.outcomes import api, store
from services.outcomes.access import ACCESS
from services.outcomes.handlers import HANDLERS
from services.outcomes.settings import Settings

LINKS = (Link("Results", "/"), Link("Planning ahead", "/planning"), Link("The line", "/line"))
LOOK = Look("Outcomes", Path(__file__).parent / "templates", LINKS)


def make(settings: Settings) -> Service:
    """The service as these settings want it."""
    return Service(
        "outcomes",
        states=store.STATES,
        handlers=HANDLERS,
        router=api.router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
    )


def service() -> Service:
    """The service as the environment wants it."""
    return make(Settings())
