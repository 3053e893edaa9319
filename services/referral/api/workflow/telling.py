"""Codes as the office reads them: who did something, and why something was refused."""

import re
from uuid import UUID

from carebus.errors import CarebusError
from services.referral.api.words import STATUSES
from services.referral.api.workflow.acts import ACTS, STEPS
from services.referral.domain import Act, Status

NOBODY_NAMED = frozenset({"", "unnamed", "coordinator", "office", "unknown"})
ROLES = {
    "coordinator": "{}",
    "clinician": "{}, who visits",
    "referrer": "the referrer",
    "system": "by itself",
    "timer": "by itself",
    "service": "by itself",
}
LINK = "the referrer, by their private link"
_STEP = re.compile(r"(\w+) \(by ([^)]*)\)")


def by(actor: str) -> str:
    """Who did something, in words: `coordinator:ann` is ann; nobody in particular says nothing."""
    role, _, name = actor.partition(":")
    if actor == "referrer:link":
        return LINK
    if actor in NOBODY_NAMED:
        return "the office"
    told = ROLES.get(role, "{}" if name else "by itself")
    nameless = "a clinician" if role == "clinician" else "the office"
    return told.format(name if name and not _is_id(name) else nameless)


def refused(why: CarebusError) -> str:
    """Why something was refused, in words in place of codes."""
    worded = {name: _worded(name, str(value)) for name, value in why.details.items()}
    return str(type(why)(**worded))


def _worded(name: str, code: str) -> str:
    if name == "status" and code in set(Status):
        return STATUSES[Status(code)][0].lower()
    if name == "act" and code in set(Act):
        return ACTS[Act(code)].label.lower() if Act(code) in ACTS else code.replace("_", " ")
    if name == "changes":
        return _STEP.sub(lambda found: f"{_step(found[1])} (by {by(found[2])})", code)
    return code.replace("_", " ") if name == "role" else code


def _step(what: str) -> str:
    if what in STEPS:
        return STEPS[what][0].lower()
    return STATUSES[Status(what)][0].lower() if what in set(Status) else what.replace("_", " ")


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
