"""The referral service, put together."""

import sys
from pathlib import Path

from carebus.service import Look, Service, Worker
from carebus.web import Link
from carebus.web.fhir.http import refused
from carebus.web.waiting import Waiting
from services.referral import api, store
from services.referral.access import ACCESS
from services.referral.api.workflow.stating import receiving, withdrawing
from services.referral.channels import rechecking
from services.referral.channels.uploads.taking import UPLOADS
from services.referral.channels.uploads.working import uploading
from services.referral.channels.webhooks import WEBHOOKS, call_webhooks
from services.referral.domain import Intake, office_of
from services.referral.domain.feedback.updates import Feedback
from services.referral.handlers import handlers
from services.referral.settings import Settings
from services.referral.store import waiting

LOOK = Look(
    "Referrals",
    Path(__file__).parent / "templates",
    (
        Link("Worklist", "/"),
        Link("Who is who", "/identity"),
        Link("Phone or fax", "/intake/new"),
        Link("Refer a patient", "/refer"),
        Link("Upload a list", "/uploads"),
        Link("Referrers", "/referrers"),
        Link("Rules", "/rules"),
    ),
    {"/fhir": refused},
)


def make(settings: Settings) -> Service:
    """The service with these settings. Raises RulesetBroken."""
    office = office_of(settings, store.rule_book(settings.rulesets))
    made = Service(
        "referral",
        states=store.STATES,
        handlers=handlers(office),
        router=api.router,
        look=LOOK,
        settings=settings,
        access=ACCESS,
        workers=(
            Worker(WEBHOOKS, call_webhooks, after=(Feedback,)),
            Worker(UPLOADS, uploading(receiving, withdrawing)),
            Worker(rechecking.IDENTITY, rechecking.watch, after=(Intake,)),
        ),
    )
    return made.measuring(Waiting("referrals", waiting.unfinished), Waiting("webhooks", waiting.uncalled))


def service() -> Service:
    """The service with the settings of its environment; a rule set that can't be used stops the start."""
    try:
        return make(Settings())
    except store.RulesetBroken as why:
        sys.exit(str(why))
