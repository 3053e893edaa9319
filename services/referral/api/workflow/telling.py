"""Codes as the office reads them: who did something, and why something was refused."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from uuid import UUID

from carebus.errors import CarebusError
from carebus.storage import accounts
from carebus.storage.database import Connection
from services.referral.api.words import STATUSES
from services.referral.api.workflow.acts import ACTS, STEPS
from services.referral.domain import Act, Status

NOBODY_NAMED = frozenset({"", "unnamed", "coordinator", "office", "unknown"})
BY_ITSELF = frozenset({"system", "timer", "service"})
CLINICIANS = frozenset({"doctor", "advanced_practice_provider", "nurse", "social_worker", "clinician"})
OUTSIDE = {"referrer": "the referrer", "program": "the sender's system", "outsider": "somebody outside"}
NO_NAMES: Mapping[UUID, str] = {}
LINK = "the referrer, by their private link"
_STEP = re.compile(r"(\w+) \(by ([^)]*)\)")


def by(actor: str, names: Mapping[UUID, str] = NO_NAMES) -> str:
    """Who did something, in words: `coordinator:` and an account is the name behind that, if it is known here."""
    role, _, who = actor.rpartition(":")
    if actor == "referrer:link":
        return LINK
    if actor in NOBODY_NAMED:
        return "the office"
    role = role or (who if not _id(who) else "clinician")
    if role in OUTSIDE or role in BY_ITSELF:
        return OUTSIDE.get(role, "by itself")
    account = _id(who)
    name = names.get(account, "") if account else who
    if role in CLINICIANS:
        return f"{name}, who visits" if name else "a clinician"
    return (name or "the office") if ":" in actor else "by itself"


async def naming(db: Connection, actors: Iterable[str]) -> Callable[[str], str]:
    """`by` for these actors, with the names of those whom this service has seen."""
    accounts_there = {account for actor in actors if (account := _id(actor.rpartition(":")[2]))}
    return partial(by, names=await accounts.names(db, accounts_there))


def refused(why: CarebusError, names: Mapping[UUID, str] = NO_NAMES) -> str:
    """Why something was refused, in words in place of codes."""
    worded = {name: _worded(name, str(value), names) for name, value in why.details.items()}
    return str(type(why)(**worded))


async def refused_by_name(db: Connection, why: CarebusError) -> str:
    """The same, with the names of those whose changes were in the way."""
    actors = [found[2] for found in _STEP.finditer(str(why.details.get("changes", "")))]
    there = {account for actor in actors if (account := _id(actor.rpartition(":")[2]))}
    return refused(why, await accounts.names(db, there) if there else NO_NAMES)


def _worded(name: str, code: str, names: Mapping[UUID, str]) -> str:
    if name == "status" and code in set(Status):
        return STATUSES[Status(code)][0].lower()
    if name == "act" and code in set(Act):
        return ACTS[Act(code)].label.lower() if Act(code) in ACTS else code.replace("_", " ")
    if name == "changes":
        return _STEP.sub(lambda found: f"{_step(found[1])} (by {by(found[2], names)})", code)
    return code.replace("_", " ") if name == "role" else code


def _step(what: str) -> str:
    if what in STEPS:
        return STEPS[what][0].lower()
    return STATUSES[Status(what)][0].lower() if what in set(Status) else what.replace("_", " ")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
