"""A referral that is here is stated again: the same, later, older, by somebody unproven, or about another person.

What a sender changes counts at once, or waits side by side for the office; what the office corrects by hand stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from carebus.contracts.referral import (
    HeldBecause,
    Milestone,
    Priority,
    ReferralAmended,
    ReferralChangeHeld,
    ReferralReceived,
    RepeatBasis,
)
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.eligibility import assess
from services.referral.domain.identity.records import both
from services.referral.domain.identity.same_person import AnotherPerson, another_birth_date, another_given_name
from services.referral.domain.organizations.names import name_key
from services.referral.domain.referring.senders import Kind, Sending, Way
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.commands import AmendReferral
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, Referral
from services.referral.domain.workflow.repeating import (
    Stated,
    noted,
    older,
    repeated,
    sender_of,
    still_waits,
    waiting_already,
)
from services.referral.domain.workflow.stated import received_of
from services.referral.domain.workflow.statements import (
    Came,
    Order,
    Proposal,
    Statement,
    StatementOutcome,
    order_of,
    with_proposal,
)
from services.referral.domain.workflow.statuses import OFFICE, UNDECIDED, Act, role_of
from services.referral.domain.workflow.weighing import Weighed, weigh
from services.referral.domain.workflow.withdrawing import asked_back_by, go_on_after_all


def again(known: Referral, basis: RepeatBasis, stated: Stated) -> Decision:
    """The same referral is stated once more, by its number or by the same document. Raises AnotherPerson."""
    _require_same_person(known, stated.received)
    if stated.asked.other_service and stated.asked.other_service != known.other_service:
        return _another_service(known, stated)
    if (taken_back := asked_back_by(known, sender_of(stated))) is not None:
        return _after_withdrawal(known, basis, stated, taken_back)
    return _in_order(known, basis, stated)


def _in_order(known: Referral, basis: RepeatBasis, stated: Stated) -> Decision:
    """What a statement comes to among those known of its referral."""
    order = order_of(known.statements, known.stands or _first_of_old(known), stated.statement)
    if _changes_nothing(known, basis, stated, order):
        return repeated(known, basis, stated)
    if order is Order.OLDER:
        return older(known, stated)
    weighed = weigh(known, stated.asked, stated.received, stated.sending, order)
    waiting = waiting_already(known, stated)
    if waiting is not None and {*weighed.applied, *weighed.waits} <= set(waiting.paths):
        return still_waits(known, stated, waiting)
    if weighed.applied or weighed.waits:
        return _counts(known, stated, weighed)
    return repeated(known, basis, stated, newest=order is Order.NEWER)


def _after_withdrawal(known: Referral, basis: RepeatBasis, stated: Stated, taken_back: Statement) -> Decision:
    """Stated once more after its sender took it back: it goes on, if it is known to be later than that."""
    new = stated.statement
    dated_before = new.dated and new.at < taken_back.at
    keyed_before = bool(new.key) and new.key in {each.key for each in known.statements}
    if dated_before or keyed_before:
        return older(known, stated) if dated_before else repeated(known, basis, stated)
    said_before = new.digest in {each.digest for each in known.statements}
    if said_before and not (new.dated or new.key):
        return _either_way(known, stated)
    came = Came(cause=stated.cause.id, outcome=StatementOutcome.AMENDED, applied=(Kind.WITHDRAWAL.value,))
    builder = go_on_after_all(stated.builder(known))
    first = builder.keeps(came=came).done("cancellation_withdrawn")
    [intake] = first.states
    assert isinstance(intake, Intake)
    then = again(intake.referral(known.referral_id), basis, replace(stated, intake=intake))
    return _both(first, then, came) if then.states else first


def _both(first: Decision, then: Decision, came: Came) -> Decision:
    """It goes on, and what it says counts as well; where it says nothing new, that it goes on is what became of it."""
    merged = both(first, then)
    [after] = merged.states
    assert isinstance(after, Intake)
    said = next(each for each in after.referrals if each.came and each.came.cause == came.cause)
    if said.came is not None and said.came.outcome is StatementOutcome.REPEATED:
        after = after.with_referral(said.model_copy(update={"came": came}))
    return merged._replace(states=(after,))


def _either_way(known: Referral, stated: Stated) -> Decision:
    """Without a time or a key it may have been sent before the withdrawal: the office decides on that anyway."""
    waits, because = (Kind.WITHDRAWAL.value,), HeldBecause.COULD_BE_EITHER
    came = Came(cause=stated.cause.id, outcome=StatementOutcome.HELD, waits=waits, because=because)
    return stated.builder(known.model_copy(update={"came": came})).done("amendment_held", *waits)


def _changes_nothing(known: Referral, basis: RepeatBasis, stated: Stated, order: Order) -> bool:
    """Whether it is the same document, the same statement, or one that the office has turned down before."""
    turned_down = order is Order.EITHER and stated.statement.digest in known.turned_down
    same_document = basis is RepeatBasis.RAW_HASH and stated.received.raw_hash == known.received.raw_hash
    return same_document or order is Order.REPEATED or turned_down


def amend(
    intake: Intake, asked: AmendReferral, cause: Cause, office: Office = DEFAULT, sending: Sending | None = None
) -> Decision:
    """The office corrects by hand what a referral states; or somebody else states it anew, by a way that is named.

    Raises AnotherPerson: also the office makes nobody another person, it makes another referral.
    """
    builder = DecisionBuilder.of(intake, asked, Act.AMEND, cause, office)
    received = received_of(asked.stated, cause)
    if sending is not None or role_of(cause.by) not in OFFICE:
        way = sending or Sending(Way.OPEN, key=str(cause.id))
        stated = Stated(intake, asked.stated, received, cause, office, way, builder.referral.referral_id)
        return again(builder.referral, RepeatBasis.PLACER_ID, stated)
    _require_same_person(builder.referral, received)
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


def require_known_person(known: Sequence[Referral], stated: ReferralReceived) -> None:
    """Whoever names a patient by their id states who that is: the name and the date of birth. Raises AnotherPerson."""
    for each in known:
        before = each.received.patient
        if another_given_name(before, stated.patient) or another_birth_date(before, stated.patient):
            raise AnotherPerson(stands_since=each.stands_since, field="patient_id")


def _require_same_person(known: Referral, stated: ReferralReceived) -> None:
    """Nobody becomes another person, in whatever status. Raises AnotherPerson."""
    for before in (known.received.patient, known.named or known.received.patient):
        if another_given_name(before, stated.patient) and another_birth_date(before, stated.patient):
            raise AnotherPerson(stands_since=known.stands_since)


def _first_of_old(known: Referral) -> Statement:
    """What stands of a referral of an earlier release, which kept no statements: as of when it came."""
    received = known.received
    return Statement(digest="", at=received.arrived_at or received.received_at, proven=True)


def _another_service(known: Referral, stated: Stated) -> Decision:
    """The order asks for another service now: that is held, and nothing of it counts, until somebody has asked."""
    because, fields = HeldBecause.ANOTHER_SERVICE, ("requested_services",)
    came = Came(cause=stated.cause.id, outcome=StatementOutcome.HELD, waits=fields, because=because)
    kept = noted(known, stated, StatementOutcome.HELD, stands=False).model_copy(update={"came": came})
    builder = stated.builder(kept)
    if known.place in UNDECIDED:
        builder.keeps(other_service=stated.asked.other_service)
    return builder.done("amendment_held", *fields)


def _counts(known: Referral, stated: Stated, weighed: Weighed) -> Decision:
    """Take over what counts at once, and put the rest before the office."""
    decided = weighed.because is HeldBecause.DECIDED
    outcome = StatementOutcome.AMENDED
    before = known.received.priority
    if weighed.waits:
        outcome = StatementOutcome.NOTED if decided else StatementOutcome.HELD
    stands = bool(weighed.applied) and weighed.because is not HeldBecause.COULD_BE_EITHER
    builder = stated.builder(noted(known, stated, outcome, weighed, stands=stands))
    if weighed.applied:
        now = read_from(stated.received, changes.take(known.received, weighed.wanted, weighed.applied))
        builder.tells(told(builder, now, changes.top(weighed.applied), applied=True))
        take_over_values(builder, now, by_the_office=False)
    elif decided:
        builder.tells(told(builder, weighed.wanted, changes.top(weighed.waits), applied=False))
    if weighed.waits and not known.ended:
        _propose(builder, stated, weighed, before)
    what = "amendment_noted" if decided else "amendment_held" if weighed.waits else "amended"
    return builder.done(what, *changes.top((*weighed.applied, *weighed.waits)))


def read_from(stated: ReferralReceived, now: ReferralReceived) -> ReferralReceived:
    """What is known, as read from the document of the statement that counts now."""
    return now.model_copy(update={"raw_hash": stated.raw_hash}) if stated.raw_hash else now


def _propose(builder: DecisionBuilder, stated: Stated, weighed: Weighed, before: Priority) -> None:
    assert weighed.because is not None
    waits_on = next((each for each in builder.referral.proposals if each.sender == sender_of(stated)), None)
    paths, wanted = weighed.waits, weighed.wanted
    if waits_on is not None:
        wanted = changes.take(wanted, waits_on.stated, waits_on.paths)
        paths = tuple(sorted({*paths, *waits_on.paths}))
    proposal = Proposal(
        proposal_id=stated.cause.derive("proposal"),
        sender=sender_of(stated),
        channel=stated.received.channel,
        statement=stated.statement,
        came_at=stated.cause.now,
        because=weighed.because,
        paths=paths,
        instead=before,
        stated=read_from(stated.received, wanted),
    )
    told = ReferralChangeHeld(
        referral_id=builder.referral.referral_id,
        proposal_id=proposal.proposal_id,
        fields=changes.top(weighed.waits),
        because=weighed.because,
        held_at=stated.cause.now,
    )
    own = name_key(builder.referral.received.referrer.organization)
    builder.keeps(proposals=with_proposal(builder.referral.proposals, proposal, own)).tells(told)


def told(builder: DecisionBuilder, now: ReferralReceived, named: tuple[str, ...], *, applied: bool) -> ReferralAmended:
    """The event: what is stated now, and which fields of it are others."""
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


def take_over_values(builder: DecisionBuilder, now: ReferralReceived, *, by_the_office: bool = True) -> None:
    """Keep it, and until it is decided apply the rules again and let what is due follow the urgency."""
    raised = now.priority is Priority.URGENT and builder.referral.received.priority is not Priority.URGENT
    builder.keeps(received=now)
    if by_the_office:
        builder.keeps(named=now.patient)
    elif raised:  # newer news than what the office triaged by
        builder.keeps(triaged_as=None)
    if builder.referral.place not in UNDECIDED:
        return
    assessed = assess(now, builder.office.rules, builder.at, enrolled=builder.intake.enrolled)
    builder.keeps(assessed=assessed).tells(assessed).retime(Milestone.DECISION)
