"""What the service hears of equipment: asked for, delivered, gone again, and what of it was recorded wrongly."""

from carebus.contracts.equipment import (
    DmeDelivered,
    DmeDeliveryCorrected,
    DmeLost,
    DmeRecordWithdrawn,
    DmeRequested,
    DmeRequestWithdrawn,
    DmeReturned,
)
from carebus.decisions import Cause, Decision, ignore
from services.wishes.domain.concluding import concluded
from services.wishes.domain.conflicts.equipment import CODES
from services.wishes.domain.wishes import Asked, Lent, Wishes


def note_request(wishes: Wishes, event: DmeRequested, cause: Cause) -> Decision:
    """Somebody asks for a thing; of no concern where it goes with any choice."""
    if event.item_code not in CODES:
        return ignore("with_any_choice")
    new = Asked(request_id=event.request_id, item_code=event.item_code, asked_on=event.requested_at.date())
    return concluded(wishes, wishes.but(asked=(*wishes.asked, new)), cause)


def note_request_withdrawn(wishes: Wishes, event: DmeRequestWithdrawn, cause: Cause) -> Decision:
    """It is not wanted any more; what was delivered stays until it goes."""
    left = tuple(one for one in wishes.asked if one.request_id != event.request_id)
    return _if_other(wishes, wishes.but(asked=left), cause)


def note_delivery(wishes: Wishes, event: DmeDelivered, cause: Cause) -> Decision:
    """A thing is with the patient."""
    if event.item_code not in CODES:
        return ignore("with_any_choice")
    lent = Lent(
        loan_id=event.loan_id,
        request_id=event.request_id,
        record_id=event.record_id,
        item_code=event.item_code,
        delivered_on=event.delivered_at.date(),
    )
    return concluded(wishes, wishes.but(lent=(*wishes.lent, lent)), cause)


def note_delivery_corrected(wishes: Wishes, event: DmeDeliveryCorrected, cause: Cause) -> Decision:
    """It was another thing, or on another day."""
    known = next((one for one in wishes.lent if one.loan_id == event.loan_id), None)
    others = tuple(one for one in wishes.lent if one.loan_id != event.loan_id)
    if event.item_code not in CODES:
        return _if_other(wishes, wishes.but(lent=others), cause)
    told = {"item_code": event.item_code, "delivered_on": event.delivered_at.date()}
    named = {"loan_id": event.loan_id, "record_id": event.record_id, "request_id": known and known.request_id}
    now = known.model_copy(update=told) if known else Lent.model_validate({**named, **told})
    return concluded(wishes, wishes.but(lent=(*others, now)), cause)


def note_end(wishes: Wishes, event: DmeReturned | DmeLost, cause: Cause) -> Decision:
    """It is not with the patient any more."""
    now = tuple(
        one.model_copy(update={"ended_by": event.record_id}) if one.loan_id == event.loan_id else one
        for one in wishes.lent
    )
    return _if_other(wishes, wishes.but(lent=now), cause)


def note_withdrawal(wishes: Wishes, event: DmeRecordWithdrawn, cause: Cause) -> Decision:
    """A delivery, or what ended a loan, never happened."""
    now = tuple(
        one.model_copy(update={"ended_by": None}) if one.ended_by == event.corrects else one
        for one in wishes.lent
        if one.record_id != event.corrects
    )
    return _if_other(wishes, wishes.but(lent=now), cause)


def _if_other(wishes: Wishes, now: Wishes, cause: Cause) -> Decision:
    return ignore("with_any_choice") if now == wishes else concluded(wishes, now, cause)
