"""What the service hears: who somebody is, whether they are in care, records that are one person's, and deadlines."""

from carebus.access.outsiders import outsiders
from carebus.contracts.care_plan import CareHeld, CareResumed, EpisodeEnded, EpisodeOpened
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.decisions import Cause, Decision, changed, ignore
from services.equipment.domain.concluding import concluded, set_again
from services.equipment.domain.deadlines import Deadline, DeadlineKind, DeadlinePassed, deadlines
from services.equipment.domain.equipment import Ended, Equipment
from services.equipment.domain.loans import ending, ordering
from services.equipment.domain.requests import authorising
from services.equipment.domain.requests.requesting import cancelled_orders


def note_acceptance(equipment: Equipment, event: ReferralAccepted, cause: Cause) -> Decision:
    """Somebody is taken on."""
    known = equipment.but(patient=event.patient, contact=event.contact)
    decision = concluded(equipment, known)
    return decision.relates(*outsiders(event.payer, event.contact, cause.subject_id, cause.now))


def note_amendment(equipment: Equipment, event: ReferralAmended, cause: Cause) -> Decision:
    """What was stated of them changed; with another zone days end at another moment."""
    if equipment.patient is None or not event.applied:
        return ignore("not_ours")
    known = concluded(equipment, equipment.but(patient=event.patient, contact=event.contact))
    return known.relates(*outsiders(event.payer, event.contact, cause.subject_id, cause.now))


def note_opening(equipment: Equipment, _: EpisodeOpened, __: Cause) -> Decision:
    """Care begins, or begins again: nothing more is fetched because it had ended."""
    return concluded(equipment, equipment.but(in_care=True, ended=None))


def note_end(equipment: Equipment, event: EpisodeEnded, _: Cause) -> Decision:
    """Care ends: what was to come is cancelled, and what is on loan is to be fetched, kindly after a death."""
    ended = Ended(reason=event.reason, on=event.ended_on, at=event.ended_at)
    over = equipment.but(in_care=False, ended=ended, holds=())
    to_come = [one for one in equipment.orders if equipment.open_units(one)]
    after, events = cancelled_orders(over, to_come, "Care has ended.", "", event.ended_at)
    decision = concluded(equipment, after, *events)
    return set_again(after, decision) if equipment.holds else decision


def note_hold(equipment: Equipment, event: CareHeld, _: Cause) -> Decision:
    """A death was reported: nothing leaves. No timer is cancelled; one that comes due meanwhile waits."""
    if event.hold_id in equipment.holds:
        return ignore("known")
    return changed(equipment.but(holds=(*equipment.holds, event.hold_id)))


def note_resumption(equipment: Equipment, event: CareResumed, _: Cause) -> Decision:
    """It was not true: everything is as if it had never been said."""
    left = tuple(one for one in equipment.holds if one != event.hold_id)
    if left == equipment.holds:
        return ignore("not_held")
    after = equipment.but(holds=left)
    return changed(after) if left else set_again(after, changed(after))


def follow_merge(equipment: Equipment, event: PatientMerged, cause: Cause) -> Decision:
    """Nothing is moved: the retired record says where the person's goes on, and its loans are looked after there."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(equipment.but(merged_into=event.survivor_id))


def follow_unmerge(equipment: Equipment, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people after all."""
    return ignore("goes_on") if cause.subject_id != event.retired_id else changed(equipment.but(merged_into=None))


def pass_deadline(equipment: Equipment, timer: DeadlinePassed, cause: Cause) -> Decision:
    """A deadline is over; one that does not stand any more, or waits while care is held, changes nothing."""
    asked = (timer.kind, timer.about)
    stands = next((one for one in deadlines(equipment).values() if (one.kind, one.about) == asked), None)
    if stands is None or stands.at > cause.now:
        return ignore("not_due")
    if equipment.holds:
        return ignore("on_hold")
    return _over(equipment, stands, cause._replace(occurred_at=stands.at))


def _over(equipment: Equipment, deadline: Deadline, cause: Cause) -> Decision:
    if deadline.about is None:
        return ending.ask_for_pickup(equipment, cause)
    match deadline.kind:
        case DeadlineKind.DELIVERY:
            return ordering.delivery_overdue(equipment, deadline.about, cause)
        case DeadlineKind.RENTAL:
            return ending.end_rental(equipment, deadline.about, cause)
        case DeadlineKind.PICKUP:
            return ending.pickup_overdue(equipment, deadline.about, cause)
        case kind:
            return authorising.run_out(equipment, deadline.about, kind, cause)
