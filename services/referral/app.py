"""The referral service, put together."""

from pathlib import Path

from carebus.service import Look, Service
from carebus.web import Link
from services.referral import api, store
from services.referral.domain import office_of
from services.referral.handlers import handlers
from services.referral.settings import Settings

LOOK = Look(
    "Referrals", Path(__file__).parent / "templates", (Link("Worklist", "/"), Link("Refer a patient", "/refer"))
)


def make(settings: Settings) -> Service:
    """The service with these settings."""
    hears = handlers(office_of(settings))
    return Service("referral", states=store.STATES, handlers=hears, router=api.router, look=LOOK, settings=settings)


def service() -> Service:
    """The service with the settings of its environment."""
    return make(Settings())
