"""The composition root of equipment."""

from pathlib import Path

from carebus.service import Look, Service
from carebus.web import Link
from services.equipment import store
from services.equipment.access import ACCESS
from services.equipment.api import router
from services.equipment.handlers import HANDLERS
from services.equipment.settings import Settings

LOOK = Look(
    "Equipment",
    Path(__file__).parent / "templates",
    (Link("Due", "/"), Link("Serial numbers", "/serials"), Link("Where things are", "/balances")),
)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "equipment",
        states=store.STATES,
        handlers=HANDLERS,
        router=router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
    )


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
