"""Puts the notifications service together."""

from pathlib import Path

from carebus.service import Look, Service, Worker
from carebus.web import Link
from carebus.web.waiting import Waiting
from services.notifications import api, store
from services.notifications.access import ACCESS
from services.notifications.channels import MAIL, deliver
from services.notifications.domain import Family, Referrers, SummaryLetters, TeamLetters
from services.notifications.domain.pages import PageLetters
from services.notifications.domain.suppliers import SupplierLetters
from services.notifications.handlers import handlers
from services.notifications.settings import Settings

LOOK = Look(
    "Notifications", Path(__file__).parent / "templates", (Link("Families", "/"), Link("Referrers", "/referrers"))
)

WRITTEN = (Family, Referrers, SummaryLetters, TeamLetters, PageLetters, SupplierLetters)
"""Where mail may wait."""


def make(settings: Settings) -> Service:
    """The service as these settings want it."""
    return Service(
        "notifications",
        states=store.STATES,
        handlers=handlers(settings.team_mailbox),
        router=api.router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
        workers=(Worker(MAIL, deliver, after=WRITTEN),),
    ).measuring(Waiting("mail", store.waiting))


def service() -> Service:
    """The service as the environment wants it."""
    return make(Settings())
