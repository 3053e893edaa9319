"""What a statement would change of a referral that is here, and which of that counts at once: the rest waits."""

from collections.abc import Mapping
from dataclasses import dataclass

from carebus.contracts.referral import HeldBecause, ReferralReceived
from services.referral.domain.identity.same_person import another_birth_date, another_given_name
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import Kind, Sending, taken_at_once
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.referrals import Referral
from services.referral.domain.workflow.statements import Order
from services.referral.domain.workflow.statuses import UNDECIDED


@dataclass(frozen=True)
class Weighed:
    """What a statement would change, and which of that counts at once; the rest waits, and for which reason."""

    wanted: ReferralReceived
    applied: tuple[str, ...]
    waits: tuple[str, ...]
    because: HeldBecause | None = None


def weigh(
    known: Referral, asked: DirectReferral, received: ReferralReceived, sending: Sending, order: Order
) -> Weighed:
    """What a statement would change of a referral, and what of that counts at once."""
    before = known.received
    wanted = changes.merged(before, received, changes.said_in(asked))
    paths = changes.changed_paths(before, wanted)
    why = _together(before, wanted, {path: _held(known, path, wanted, sending, order) for path in paths})
    waits = tuple(path for path in paths if why[path])
    reasons = {reason for reason in why.values() if reason}
    because = next((reason for reason in _GRAVEST if reason in reasons), None)
    return Weighed(wanted, tuple(path for path in paths if not why[path]), waits, because)


Why = Mapping[str, HeldBecause | None]
"""For each change why it waits, if it does."""

_GRAVEST = (
    HeldBecause.DECIDED,
    HeldBecause.ANOTHER_PERSON,
    HeldBecause.COULD_BE_EITHER,
    HeldBecause.CORRECTED,
    HeldBecause.UNPROVEN,
)
"""Which reason is said of a proposal that waits for several."""


def _held(known: Referral, path: str, wanted: ReferralReceived, sending: Sending, order: Order) -> HeldBecause | None:
    """Why this change waits, if it does."""
    kind = changes.kind_of(path, known.received, wanted)
    if known.place not in UNDECIDED:
        return HeldBecause.DECIDED
    if kind is Kind.PERSON and _another(known, wanted):
        return HeldBecause.ANOTHER_PERSON
    if order is Order.EITHER and not (path == "priority" and kind is Kind.CLINICAL):
        return HeldBecause.COULD_BE_EITHER
    if path in known.corrected:
        return HeldBecause.CORRECTED
    allowed = taken_at_once(sending, known.received.referrer.organization)
    return None if kind in allowed else HeldBecause.UNPROVEN


def _together(known: ReferralReceived, wanted: ReferralReceived, why: Why) -> Why:
    """Of another loved one, payer or referrer all counts or all waits: nobody gets a part of the one before."""
    held = dict(why)
    for part in changes.SAME_ONE:
        one, other = getattr(known, part), getattr(wanted, part)
        of_it = [path for path in why if path.startswith(f"{part}.")]
        reason = next((why[path] for path in of_it if why[path]), None)
        if one is not None and other is not None and reason and changes.is_another(part, one, other):
            held |= dict.fromkeys(of_it, reason)
    return held


def _another(known: Referral, wanted: ReferralReceived) -> bool:
    """Whether it is another person than is known, or than was named in the beginning, before any small steps."""
    return any(
        another_given_name(before, wanted.patient) or another_birth_date(before, wanted.patient)
        for before in (known.received.patient, known.named or known.received.patient)
    )
