"""The referral service, put together."""

from pathlib import Path

from carebus.service import Look, Service, Worker
from carebus.web import Link
from services.referral import api, store
from services.referral.channels.uploads.working import work
from services.referral.handlers import HANDLERS
from services.referral.settings import Settings

LOOK = Look(
    "Referrals",
    Path(__file__).parent / "templates",
    (Link("Worklist", "/"), Link("Refer a patient", "/refer"), Link("Upload a list", "/uploads")),
)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    return Service(
        "referral",
        states=store.STATES,
        handlers=HANDLERS,
        router=api.router,
        look=LOOK,
        settings=settings,
        workers=(Worker("uploads", work),),
    )


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
