"""A statement that changes nothing: the same again, an older one that comes late, or one that waits already."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from carebus.contracts.referral import Channel, ReferralReceived, ReferralRepeatDetected, RepeatBasis
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import Office
from services.referral.domain.organizations.names import name_key
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import Sending, is_proven
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, Referral, number_of
from services.referral.domain.workflow.statements import (
    Came,
    Proposal,
    Statement,
    StatementOutcome,
    digest_of,
    with_statement,
)
from services.referral.domain.workflow.weighing import Weighed

UNDATED = frozenset({Channel.API, Channel.FHIR})
"""Ways in whose statements say nothing of their time unless their sender does; all others are as of their coming."""


@dataclass(frozen=True)
class Stated:
    """A statement about a referral that is here, with all that a decision on it needs."""

    intake: Intake
    asked: DirectReferral
    received: ReferralReceived
    cause: Cause
    office: Office
    sending: Sending
    about: UUID | None = None

    @cached_property
    def statement(self) -> Statement:
        """Its digest, its time and its key."""
        return statement_of(self.asked, self.received, self.cause, self.sending, self.organization)

    @property
    def organization(self) -> str:
        """The organization whose referral it is, whatever name the statement gives."""
        if self.about is not None:
            return self.intake.referral(self.about).received.referrer.organization
        known = self.intake.known_as(number_of(self.received), self.received.raw_hash)
        return (known[0].received if known else self.received).referrer.organization

    def builder(self, referral: Referral) -> DecisionBuilder:
        """A decision on this referral."""
        return DecisionBuilder(self.intake, referral, self.cause, self.office)


def statement_of(
    asked: DirectReferral, received: ReferralReceived, cause: Cause, sending: Sending, organization: str
) -> Statement:
    """A statement's digest, time and key about a referral of this organization. A time later than now counts as now."""
    stated_at = asked.stated_at or (None if asked.channel in UNDATED else asked.arrived_at or cause.now)
    return Statement(
        digest=digest_of(asked),
        at=min(stated_at or cause.now, cause.now),
        dated=stated_at is not None,
        key=sending.key,
        proven=is_proven(sending, organization),
        sender=name_key(received.referrer.organization),
    )


def noted(
    known: Referral, stated: Stated, outcome: StatementOutcome, weighed: Weighed | None = None, *, stands: bool
) -> Referral:
    """The referral with this statement, standing if it counts. Its sender's older proposal is out of date."""
    came = Came(
        cause=stated.cause.id,
        outcome=outcome,
        applied=changes.top(weighed.applied) if weighed else (),
        waits=changes.top(weighed.waits) if weighed else (),
        because=weighed.because if weighed else None,
    )
    kept: dict[str, object] = {"came": came, "statements": with_statement(known.statements, stated.statement)}
    kept["first_hash"] = known.first_hash or known.received.raw_hash  # which an earlier release did not keep
    if weighed or stands:
        kept["proposals"] = unsaid(known.proposals, stated)
    if stands:  # once a proven sender has stated it, its number is theirs
        kept |= {"stands": stated.statement, "proven": known.proven or stated.statement.proven}
    return known.model_copy(update=kept)


def unsaid(proposals: tuple[Proposal, ...], stated: Stated) -> tuple[Proposal, ...]:
    """The proposals, of this sender's only what the newer statement leaves out: that keeps waiting."""
    said = changes.said_in(stated.asked)

    def left_out(each: Proposal) -> Proposal:
        if each.sender != sender_of(stated) or each.statement.digest == stated.statement.digest:
            return each
        return each.model_copy(update={"paths": tuple(path for path in each.paths if path not in said)})

    return tuple(each for each in map(left_out, proposals) if each.paths)


def repeated(known: Referral, basis: RepeatBasis, stated: Stated, *, newest: bool = False) -> Decision:
    """The same once more. It stands as of its newest time, so that what comes late in between is known as late.

    `newest`: it says less or says it otherwise, and changes nothing.
    """
    newer = known.stands is not None and stated.statement.dated and stated.statement.at > known.stands.at
    stands = newest or (newer and known.stands is not None and known.stands.digest == stated.statement.digest)
    shown = _is_shown_now(known, stated, stands=stands)
    if basis in known.repeats and not (stands or shown):
        return ignore("repeated_before")
    kept = noted(known, stated, StatementOutcome.REPEATED, stands=True) if stands else known
    builder = stated.builder(kept.read_from(stated.received.raw_hash) if shown else kept)
    if basis in known.repeats:
        return builder.quietly()
    told = ReferralRepeatDetected(
        referral_id=known.referral_id,
        basis=basis,
        channel=stated.received.channel,
        batch_id=stated.received.batch_id,
        detected_at=stated.cause.now,
    )
    return builder.keeps(repeats=(*known.repeats, basis)).tells(told).done("repeated", basis)


def _is_shown_now(known: Referral, stated: Stated, *, stands: bool) -> bool:
    """Whether its page shows from now on what else this document states: a Bundle may say more than has a field here.

    That is the one that stands or, of those that give no time, the one that came last; a stranger's is none.
    """
    before, new = known.stands, stated.statement
    if stated.received.channel is not Channel.FHIR or stated.received.raw_hash == known.received.raw_hash:
        return False
    undated = before is not None and not new.dated and before.digest == new.digest
    return stands or (undated and before is not None and (new.proven or not before.proven))


def older(known: Referral, stated: Stated) -> Decision:
    """It comes late: it is kept in the story, once, and changes nothing."""
    new = stated.statement
    before = any((each.digest, each.at) == (new.digest, new.at) for each in known.statements)
    builder = stated.builder(noted(known, stated, StatementOutcome.OLDER, stands=False))
    return builder.quietly() if before else builder.done("older_statement", stated.received.channel)


def waiting_already(known: Referral, stated: Stated) -> Proposal | None:
    """The proposal that says the same and has as much weight."""
    new = stated.statement
    same = (new.digest, new.sender, new.proven)
    waits = (each for each in known.proposals if same == (each.statement.digest, each.sender, each.statement.proven))
    return next(waits, None)


def still_waits(known: Referral, stated: Stated, waiting: Proposal) -> Decision:
    """It waits already, and goes on waiting."""
    weighed = Weighed(waiting.stated, (), waiting.paths, waiting.because)
    kept = known.model_copy(update={"came": noted(known, stated, StatementOutcome.HELD, weighed, stands=False).came})
    return stated.builder(kept).quietly()


def sender_of(stated: Stated) -> str:
    """The organization that a statement names, in one form."""
    return name_key(stated.received.referrer.organization)
