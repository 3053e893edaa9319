"""The composition root of wishes."""

from pathlib import Path

from carebus.service import Look, Service, Worker
from carebus.web import Link
from services.wishes import store
from services.wishes.access import ACCESS
from services.wishes.api import router
from services.wishes.channels.files.scanning import SCANNING, scan
from services.wishes.handlers import HANDLERS
from services.wishes.settings import Settings

LOOK = Look("Wishes", Path(__file__).parent / "templates", (Link("To do", "/"),))


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "wishes",
        states=store.STATES,
        handlers=HANDLERS,
        router=router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
        workers=(Worker(SCANNING, scan),),
    )


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
