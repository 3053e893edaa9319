"""The composition root of the line."""

import sys
from pathlib import Path

from carebus.service import Listener, Look, Service, Worker
from carebus.web import Link
from carebus.web.fhir.http import refused
from carebus.web.waiting import Waiting
from services.line import store
from services.line.access import ACCESS, answering
from services.line.api import router
from services.line.channels.claiming import CLAIMING, look_again
from services.line.channels.mllp.listening import MLLP, listening
from services.line.domain.hospital.record import Identity
from services.line.domain.hospital.unclaimed import Unclaimed
from services.line.handlers import HANDLERS
from services.line.settings import Settings
from services.line.store import calls
from services.line.store.hospital import waiting
from services.line.store.protocols import ProtocolBroken, protocol_book
from services.line.store.proving import PROOFS

LOOK = Look(
    "Line",
    Path(__file__).parent / "templates",
    (
        Link("Board", "/", frozenset(way.role for way in answering.ways if way.role)),
        Link("Hospital messages", "/hospital"),
        Link("Hand-overs", "/hand-overs"),
        Link("Shifts", "/shifts"),
        Link("Protocols", "/protocols"),
        Link("For families", "/help/en"),
    ),
    search="/find",
    told_by={"/fhir": refused},
)


PROTOCOLS = PROOFS
"""What `carebus protocols` asks of this service."""


def make(settings: Settings) -> Service:
    """The service with these settings. Raises ProtocolBroken."""
    protocol_book(settings.protocols)  # what is not shown to be safe stops the start, and never a call at night
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
    ).measuring(Waiting("hospital_messages", waiting), Waiting("pages", calls.untaken))


def service() -> Service:
    """The service with the settings of its environment; a protocol that can't be used stops the start."""
    try:
        return make(Settings())
    except ProtocolBroken as why:
        sys.exit(str(why))
