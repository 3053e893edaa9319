"""What a sender proposed is settled by a person: taken over with one click, or turned down."""

from carebus.contracts.referral import HeldBecause, ReferralChangeSettled, ReferralReceived
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.amending import read_from, take_over_values, told
from services.referral.domain.workflow.commands import TakeOverChange, TurnDownChange
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake, Referral
from services.referral.domain.workflow.statements import MOST_STATEMENTS, Came, Proposal
from services.referral.domain.workflow.statuses import Act


class ProposalGone(CarebusError):
    """This proposal does not wait any more: it was settled, or its sender has stated something newer."""


class ProposalOutdated(CarebusError):
    """This was stated of another loved one, payer or referrer than is known now. Leave it; correct what is right."""


def take_over(intake: Intake, asked: TakeOverChange, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The office takes over what a sender proposed. Raises ProposalGone."""
    builder = DecisionBuilder.of(intake, asked, Act.TAKE_OVER_CHANGE, cause, office)
    proposal = _settled(builder, asked)
    known = builder.referral.received
    _require_of_the_same(known, proposal)
    now = read_from(proposal.stated, changes.take(known, proposal.stated, proposal.paths))
    paths = changes.changed_paths(known, now)
    if paths:
        builder.tells(told(builder, now, changes.top(paths), applied=True))
        take_over_values(builder, now)
    corrected = tuple(path for path in builder.referral.corrected if path not in proposal.paths)
    return builder.keeps(corrected=corrected, stands=proposal.statement).done(
        "change_taken_over", *changes.top(proposal.paths)
    )


def _require_of_the_same(known: ReferralReceived, proposal: Proposal) -> None:
    """What was stated of one loved one, payer or referrer is put onto no other. Raises ProposalOutdated."""
    for part, name in changes.SAME_ONE.items():
        one, other = getattr(known, part), getattr(proposal.stated, part)
        of_it = any(path.startswith(f"{part}.") for path in proposal.paths)
        if of_it and one and other and f"{part}.{name}" not in proposal.paths and changes.is_another(part, one, other):
            raise ProposalOutdated


def waits(referral: Referral, came: Came) -> tuple[str, ...]:
    """The leaves that wait of the newest statement: as its proposal says them, else the fields."""
    newest = max(referral.proposals, key=lambda each: each.came_at, default=None)
    of_it = newest.paths if newest and came.waits == changes.top(newest.paths) else ()
    return of_it or came.waits


def turn_down(intake: Intake, asked: TurnDownChange, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The office leaves it as it is. Raises ProposalGone."""
    builder = DecisionBuilder.of(intake, asked, Act.TURN_DOWN_CHANGE, cause, office)
    proposal = _settled(builder, asked)
    kept = (*builder.referral.turned_down, proposal.statement.digest)[-MOST_STATEMENTS:]
    if proposal.because is HeldBecause.COULD_BE_EITHER and "priority" in proposal.paths and proposal.instead:
        back = builder.referral.received.model_copy(update={"priority": proposal.instead})
        take_over_values(builder.tells(told(builder, back, ("priority",), applied=True)), back)
    return builder.keeps(turned_down=kept).done("change_turned_down", *changes.top(proposal.paths))


def _settled(builder: DecisionBuilder, asked: TakeOverChange | TurnDownChange) -> Proposal:
    """The proposal, which waits no more."""
    waiting = builder.referral.proposals
    found = next((each for each in waiting if each.proposal_id == asked.proposal_id), None)
    if found is None:
        raise ProposalGone
    settled = ReferralChangeSettled(
        referral_id=asked.referral_id,
        proposal_id=found.proposal_id,
        taken_over=isinstance(asked, TakeOverChange),
        settled_at=builder.at,
    )
    builder.keeps(proposals=tuple(each for each in waiting if each is not found)).tells(settled)
    return found
