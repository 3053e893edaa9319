"""The composition root of the line."""

from pathlib import Path

from carebus.service import Listener, Look, Service, Worker
from carebus.web import Link
from carebus.web.fhir.http import refused
from carebus.web.waiting import Waiting
from services.line import store
from services.line.access import ACCESS
from services.line.api import router
from services.line.channels.claiming import CLAIMING, look_again
from services.line.channels.mllp.listening import MLLP, listening
from services.line.domain.hospital.record import Identity
from services.line.domain.hospital.unclaimed import Unclaimed
from services.line.handlers import HANDLERS
from services.line.settings import Settings
from services.line.store.hospital import waiting

LOOK = Look(
    "Line",
    Path(__file__).parent / "templates",
    (Link("Board", "/"), Link("Hospital messages", "/hospital")),
    told_by={"/fhir": refused},
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
        workers=(Worker(CLAIMING, look_again, after=(Identity, Unclaimed)),),
        listeners=(Listener(MLLP, listening),),
    ).measuring(Waiting("hospital_messages", waiting))


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
