"""What a row of a list would change of a person who is known here, by kind: told before anybody says yes to it."""

from enum import StrEnum

from carebus.contracts.referral import ReferralReceived
from services.referral.domain.identity.same_person import another_birth_date, another_given_name
from services.referral.domain.referring.requests import DirectReferral, Withdrawal
from services.referral.domain.referring.senders import ANYBODY, Kind, Sending
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.referrals import Referral
from services.referral.domain.workflow.statements import Order, Statement, order_of
from services.referral.domain.workflow.statuses import UNDECIDED
from services.referral.domain.workflow.weighing import weigh


class About(StrEnum):
    """What a row does to what is known here; a row of none of these refers somebody new.

    CONFLICT: it names somebody else than its number stands for.  UNKNOWN: it takes back what is not here.
    """

    CHANGES = "changes"
    SAME = "same"
    WITHDRAWAL = "withdrawal"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


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


def about(known: Referral, asked: DirectReferral | Withdrawal, kinds: frozenset[Kind]) -> About:
    """What a row does to this referral, of which it would change these kinds."""
    if names_another(known, asked):
        return About.CONFLICT
    if isinstance(asked, Withdrawal):
        return About.WITHDRAWAL
    return About.CHANGES if kinds else About.SAME


def names_another(known: Referral, asked: DirectReferral | Withdrawal) -> bool:
    """Whether both the given name and the date of birth are another person's: then nothing of it is taken in."""
    person = known.received.patient
    said = asked if isinstance(asked, Withdrawal) else asked.patient
    stated = {name: value for name in ("given_name", "birth_date") if (value := getattr(said, name))}
    other = person.model_copy(update=stated)
    befores = (person,) if isinstance(asked, Withdrawal) else (person, known.named or person)
    return any(another_given_name(each, other) and another_birth_date(each, other) for each in befores)
