"""Statements of one referral in their order in time: which stands, which come late, which could be either."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.referral import Channel, HeldBecause, ReferralReceived
from services.referral.domain.referring.requests import DirectReferral

MOST_STATEMENTS = 50
"""Of so many statements the digests are kept; a late repeat of an older one is taken for something new."""
MOST_PROPOSALS = 10
"""Senders whose newest proposal waits at once; a stranger's oldest gives way, and stays in the story."""
_DIGITS = 32

_NOT_SAID = {
    "channel",
    "patient_id",
    "placer_id",
    "placer_assigner",
    "arrived_at",
    "stated_at",
    "raw_hash",
    "batch_id",
}
"""What belongs to the sending and not to what is said."""


class StatementOutcome(StrEnum):
    """What became of a statement; CONFLICT is told as an error and keeps nothing."""

    RECEIVED = "received"
    AMENDED = "amended"
    REPEATED = "repeated"
    OLDER = "older"
    HELD = "held"
    NOTED = "noted"
    CONFLICT = "conflict"


class Order(StrEnum):
    """How a statement stands to those before it."""

    NEWER = "newer"
    REPEATED = "repeated"
    OLDER = "older"
    EITHER = "either"


class Statement(Value):
    """One statement: the digest of what it says, as of when, and its sender's key for it.

    `dated`: its sender or its way in says when; else `at` is when it came, and says nothing about its order.
    `sender`: the organization that it names, in one form, which nobody has proven unless `proven` says so.
    """

    digest: str
    at: Annotated[datetime, Phi.DATE]
    dated: bool = True
    key: str = ""
    proven: bool = False
    sender: str = ""


class Proposal(Value):
    """What a sender stated and the office has not taken over yet; `stated` is the referral if it does."""

    proposal_id: UUID
    sender: str
    channel: Channel
    statement: Statement
    came_at: Annotated[datetime, Phi.DATE]
    because: HeldBecause
    paths: tuple[str, ...]
    stated: ReferralReceived


class Came(Value):
    """What became of the newest statement, for the answer to it: by the command or row that brought it."""

    cause: UUID
    outcome: StatementOutcome
    applied: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    because: HeldBecause | None = None


def digest_of(asked: DirectReferral) -> str:
    """What a statement says, in a few characters: the same for the same content, however and whenever it is sent."""
    said = _without_empty(asked.model_dump(mode="json", exclude_unset=True, exclude=_NOT_SAID))
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_DIGITS]


def order_of(known: tuple[Statement, ...], stands: Statement | None, new: Statement) -> Order:
    """How a new statement stands to those known.

    A proven sender's is held against proven ones only, an unproven one's against its own and what stands: nobody
    makes another's word late by a statement that never counted.
    """
    before = [*known, stands] if stands is not None else list(known)
    mine = [] if new.proven else [each for each in before if each == stands or each.sender == new.sender]
    peers = [each for each in before if each.proven] + mine
    if new.key and any((each.key, each.digest) == (new.key, new.digest) for each in peers):
        return Order.REPEATED
    if stands is not None and stands.digest == new.digest:
        return Order.REPEATED
    latest = max((each.at for each in peers), default=None)
    if new.dated and latest is not None and new.at <= latest:
        same = any((each.at, each.digest) == (latest, new.digest) for each in peers)
        if same and new.at == latest:
            return Order.REPEATED
        if new.at < latest:
            return Order.OLDER
    keyed = new.key and new.key not in {each.key for each in peers}
    if not new.dated and not keyed and new.digest in {each.digest for each in peers}:
        return Order.EITHER
    return Order.NEWER


def with_statement(known: tuple[Statement, ...], new: Statement) -> tuple[Statement, ...]:
    """The statements with this one, the newest of them only."""
    others = tuple(each for each in known if (each.digest, each.at, each.key) != (new.digest, new.at, new.key))
    return (*others, new)[-MOST_STATEMENTS:]


def with_proposal(known: tuple[Proposal, ...], new: Proposal, own: str) -> tuple[Proposal, ...]:
    """The proposals with this one in place of its sender's earlier one.

    `own` is the referral's organization: strangers who come in crowds push out each other's, and not its.
    """
    others = [each for each in known if each.sender != new.sender]
    while len(others) >= MOST_PROPOSALS:
        others.remove(next((each for each in others if each.sender != own), others[0]))
    return (*others, new)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, "", [], {})}
    return [_without_empty(each) for each in value] if isinstance(value, list) else value
