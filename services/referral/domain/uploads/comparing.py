"""What a row of a list would change of a person who is known here, by kind: told before anybody says yes to it."""

from carebus.contracts.referral import ReferralReceived
from services.referral.domain.referring.requests import DirectReferral, Withdrawal
from services.referral.domain.referring.senders import ANYBODY, Kind, Sending
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.referrals import Referral
from services.referral.domain.workflow.statements import Order, Statement, order_of
from services.referral.domain.workflow.statuses import UNDECIDED
from services.referral.domain.workflow.weighing import weigh

ALL = Sending(ticked=frozenset(Kind))
_CHANGES_NOTHING = {Order.REPEATED, Order.OLDER}


def kinds_changed(
    known: Referral, asked: DirectReferral, received: ReferralReceived, statement: Statement
) -> frozenset[Kind]:
    """The kinds of changes that a statement makes: clinical ones at once, all others if somebody ticks their kind."""
    order = order_of(known.statements, known.stands, statement)
    if order in _CHANGES_NOTHING:
        return frozenset()
    weighed = weigh(known, asked, received, ALL, order)
    at_once = weigh(known, asked, received, ANYBODY, order).applied
    kinds = {path: changes.kind_of(path, known.received, weighed.wanted) for path in weighed.applied}
    return frozenset(Kind.CLINICAL if path in at_once else kind for path, kind in kinds.items())


def withdraws(known: Referral, asked: Withdrawal) -> frozenset[Kind]:
    """Whether a row takes back what can be taken back at once if that is ticked."""
    late = asked.stated_at is not None and known.stands is not None and asked.stated_at < known.stands.at
    return frozenset({Kind.WITHDRAWAL}) if known.status in UNDECIDED and not late else frozenset()
