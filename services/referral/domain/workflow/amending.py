"""A referral that is here is stated again: the same, later, older, by somebody unproven, or about another person.

What a sender changes counts at once, or waits side by side for the office; what the office corrects by hand stays.
"""

from dataclasses import dataclass
from functools import cached_property

from carebus.contracts.referral import (
    Channel,
    HeldBecause,
    Milestone,
    ReferralAmended,
    ReferralChangeHeld,
    ReferralReceived,
    ReferralRepeatDetected,
    RepeatBasis,
)
from carebus.decisions import Cause, Decision, ignore
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.eligibility import assess
from services.referral.domain.identity.same_person import another_birth_date, another_given_name
from services.referral.domain.organizations.names import name_key
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import Sending, Way, is_proven
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.commands import AmendReferral
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, Referral
from services.referral.domain.workflow.stated import received_of
from services.referral.domain.workflow.statements import (
    Came,
    Order,
    Proposal,
    Statement,
    StatementOutcome,
    digest_of,
    order_of,
    with_proposal,
    with_statement,
    without_sender,
)
from services.referral.domain.workflow.statuses import OFFICE, UNDECIDED, Act, role_of
from services.referral.domain.workflow.weighing import Weighed, weigh

UNDATED = frozenset({Channel.API, Channel.FHIR})
"""Ways in whose statements say nothing of their time unless their sender does; all others are as of their coming."""


class AnotherPerson(CarebusError):
    """This number belongs to a referral of somebody with another name and another date of birth. Check the number."""

    field = "placer_id"


@dataclass(frozen=True)
class Stated:
    """A statement about a referral that is here, with all that a decision on it needs."""

    intake: Intake
    asked: DirectReferral
    received: ReferralReceived
    cause: Cause
    office: Office
    sending: Sending

    @cached_property
    def statement(self) -> Statement:
        """Its digest, its time and its key."""
        return statement_of(self.asked, self.received, self.cause, self.sending)

    def builder(self, referral: Referral) -> DecisionBuilder:
        """A decision on this referral."""
        return DecisionBuilder(self.intake, referral, self.cause, self.office)


def statement_of(asked: DirectReferral, received: ReferralReceived, cause: Cause, sending: Sending) -> Statement:
    """A statement's digest, time and key. A time that is later than now counts as now."""
    stated_at = asked.stated_at or (None if asked.channel in UNDATED else asked.arrived_at or cause.now)
    return Statement(
        digest=digest_of(asked),
        at=min(stated_at or cause.now, cause.now),
        dated=stated_at is not None,
        key=sending.key,
        proven=is_proven(sending, received.referrer.organization),
    )


def again(known: Referral, basis: RepeatBasis, stated: Stated) -> Decision:
    """The same referral is stated once more, by its number or by the same document. Raises AnotherPerson."""
    _require_same_person(known.received, stated.received)
    order = order_of(known.statements, known.stands, stated.statement)
    same_document = basis is RepeatBasis.RAW_HASH and stated.received.raw_hash == known.received.raw_hash
    if same_document or order is Order.REPEATED:
        return _repeated(known, basis, stated)
    if order is Order.OLDER:
        return _older(known, stated)
    if any(each.statement.digest == stated.statement.digest for each in known.proposals):
        return _still_waits(known, stated)
    undated = order is Order.EITHER
    if undated and stated.statement.digest in known.turned_down:
        return _repeated(known, basis, stated)
    weighed = weigh(known, stated.asked, stated.received, stated.sending, order)
    return _counts(known, stated, weighed) if weighed.applied or weighed.waits else _repeated(known, basis, stated)


def amend(intake: Intake, asked: AmendReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The office corrects by hand what a referral states; or its referrer states it anew."""
    builder = DecisionBuilder.of(intake, asked, Act.AMEND, cause, office)
    received = received_of(asked.stated, cause)
    if role_of(cause.actor) not in OFFICE:
        stated = Stated(intake, asked.stated, received, cause, office, Sending(Way.OPEN, key=str(cause.id)))
        return again(builder.referral, RepeatBasis.PLACER_ID, stated)
    known = builder.referral.received
    now = changes.of_the_same(known, received)
    paths = changes.changed_paths(known, now)
    if not paths:
        return ignore("nothing_changed")
    corrected = tuple(sorted({*builder.referral.corrected, *paths}))
    return apply(builder, now, paths, None if builder.referral.ended else corrected)


def apply(
    builder: DecisionBuilder, now: ReferralReceived, paths: tuple[str, ...], corrected: tuple[str, ...] | None
) -> Decision:
    """Keep what a person of the office put right; once the referral has ended, it is a note (`corrected` is None)."""
    applied, named = corrected is not None, changes.top(paths)
    builder.tells(told(builder, now, named, applied=applied))
    if corrected is None:
        return builder.done("amendment_noted", *named)
    take_over_values(builder, now)
    return builder.keeps(corrected=corrected).done("corrected", *named)


def _require_same_person(known: ReferralReceived, stated: ReferralReceived) -> None:
    """Nobody becomes another person, in whatever status. Raises AnotherPerson."""
    if another_given_name(known.patient, stated.patient) and another_birth_date(known.patient, stated.patient):
        raise AnotherPerson


def _counts(known: Referral, stated: Stated, weighed: Weighed) -> Decision:
    """Take over what counts at once, and put the rest before the office."""
    decided = weighed.because is HeldBecause.DECIDED
    outcome = StatementOutcome.AMENDED
    if weighed.waits:
        outcome = StatementOutcome.NOTED if decided else StatementOutcome.HELD
    builder = stated.builder(_with(known, stated, outcome, weighed, stands=not weighed.waits or bool(weighed.applied)))
    if weighed.applied:
        now = read_from(stated.received, changes.take(known.received, weighed.wanted, weighed.applied))
        builder.tells(told(builder, now, changes.top(weighed.applied), applied=True))
        take_over_values(builder, now)
    elif decided:
        builder.tells(told(builder, weighed.wanted, changes.top(weighed.waits), applied=False))
    if weighed.waits and not known.ended:
        _propose(builder, stated, weighed)
    what = "amendment_noted" if decided else "amendment_held" if weighed.waits else "amended"
    return builder.done(what, *changes.top((*weighed.applied, *weighed.waits)))


def read_from(stated: ReferralReceived, now: ReferralReceived) -> ReferralReceived:
    """What is known, as read from the document of the statement that counts now."""
    return now.model_copy(update={"raw_hash": stated.raw_hash}) if stated.raw_hash else now


def _propose(builder: DecisionBuilder, stated: Stated, weighed: Weighed) -> None:
    assert weighed.because is not None
    proposal = Proposal(
        proposal_id=stated.cause.derive("proposal"),
        sender=_sender(stated),
        channel=stated.received.channel,
        statement=stated.statement,
        came_at=stated.cause.now,
        because=weighed.because,
        paths=weighed.waits,
        stated=read_from(stated.received, weighed.wanted),
    )
    told = ReferralChangeHeld(
        referral_id=builder.referral.referral_id,
        proposal_id=proposal.proposal_id,
        fields=changes.top(weighed.waits),
        because=weighed.because,
        held_at=stated.cause.now,
    )
    builder.keeps(proposals=with_proposal(builder.referral.proposals, proposal)).tells(told)


def _with(
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
    kept = {"came": came, "statements": with_statement(known.statements, stated.statement)}
    if weighed or stands:
        kept["proposals"] = without_sender(known.proposals, _sender(stated), but=stated.statement.digest)
    return known.model_copy(update=kept | ({"stands": stated.statement} if stands else {}))


def _repeated(known: Referral, basis: RepeatBasis, stated: Stated) -> Decision:
    """The same once more. It stands as of its newest time, so that what comes late in between is known as late."""
    newer = known.stands is not None and stated.statement.dated and stated.statement.at > known.stands.at
    stands = newer and known.stands is not None and known.stands.digest == stated.statement.digest
    if basis in known.repeats and not stands:
        return ignore("repeated_before")
    noted = _with(known, stated, StatementOutcome.REPEATED, stands=stands) if stands else known
    builder = stated.builder(noted)
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


def _older(known: Referral, stated: Stated) -> Decision:
    """It comes late: it is kept in the story, once, and changes nothing."""
    new = stated.statement
    before = any((each.digest, each.at) == (new.digest, new.at) for each in known.statements)
    builder = stated.builder(_with(known, stated, StatementOutcome.OLDER, stands=False))
    return builder.quietly() if before else builder.done("older_statement", stated.received.channel)


def _still_waits(known: Referral, stated: Stated) -> Decision:
    waiting = next(each for each in known.proposals if each.statement.digest == stated.statement.digest)
    weighed = Weighed(waiting.stated, (), waiting.paths, waiting.because)
    kept = known.model_copy(update={"came": _with(known, stated, StatementOutcome.HELD, weighed, stands=False).came})
    return stated.builder(kept).quietly()


def told(builder: DecisionBuilder, now: ReferralReceived, named: tuple[str, ...], *, applied: bool) -> ReferralAmended:
    return ReferralAmended(
        referral_id=now.referral_id,
        changed=named,
        applied=applied,
        priority=now.priority,
        patient=now.patient,
        diagnoses=now.diagnoses,
        conditions=now.conditions,
        payer=now.payer,
        contact=now.contact,
        amended_at=builder.at,
    )


def take_over_values(builder: DecisionBuilder, now: ReferralReceived) -> None:
    """Keep it, and until it is decided apply the rules again and let what is due follow the urgency."""
    builder.keeps(received=now)
    if builder.referral.status not in UNDECIDED:
        return
    assessed = assess(now, builder.office.rules, builder.at, enrolled=builder.intake.enrolled)
    builder.keeps(assessed=assessed).tells(assessed).retime(Milestone.DECISION)


def _sender(stated: Stated) -> str:
    return name_key(stated.received.referrer.organization)
