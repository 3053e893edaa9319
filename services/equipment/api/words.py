"""What codes are called on pages, and which tone they take."""

from carebus.contracts.equipment import DenialReason, OxygenHazard, PickupReason
from services.equipment.domain.catalogue import Category, Paid
from services.equipment.domain.duties import DutyKind
from services.equipment.domain.loans.loan import LoanStatus, RecordKind
from services.equipment.domain.requests.request import AuthorisationStatus

AUTHORISATIONS = {
    AuthorisationStatus.NOT_ASKED: ("Payer not asked yet", "warn"),
    AuthorisationStatus.NOT_REQUIRED: ("No authorisation required", "good"),
    AuthorisationStatus.REQUESTED: ("Payer asked", "info"),
    AuthorisationStatus.PENDED: ("Payer wants to know more", "warn"),
    AuthorisationStatus.APPROVED: ("Approved", "good"),
    AuthorisationStatus.PARTLY_APPROVED: ("Approved in part", "good"),
    AuthorisationStatus.DENIED: ("Denied", "bad"),
    AuthorisationStatus.APPEALED: ("Appealed", "info"),
    AuthorisationStatus.EXPIRED: ("Authorisation ended", "warn"),
    AuthorisationStatus.LAPSED: ("Denied, not appealed", "bad"),
}
LOANS = {
    LoanStatus.IN_USE: ("In use", "good"),
    LoanStatus.RETURNED: ("Returned", "neutral"),
    LoanStatus.LOST: ("Lost", "bad"),
    LoanStatus.OWNED: ("The patient’s own", "info"),
}
RECORDS = {
    RecordKind.SET_UP: "Set up",
    RecordKind.TRAINING: "Shown how to use it",
    RecordKind.FAULT: "Fault",
    RecordKind.RESOLVED: "Fault resolved",
    RecordKind.REPLACED: "Replaced",
    RecordKind.SAFETY: "Oxygen safety looked at",
    RecordKind.RENTAL_ENDED: "Rent ended",
    RecordKind.OWNED: "Became the patient’s own",
    RecordKind.PICKUP: "Pickup asked for",
    RecordKind.PICKUP_CANCELLED: "Pickup cancelled",
    RecordKind.PICKUP_OVERDUE: "Not fetched in time",
    RecordKind.RETURNED: "Returned",
    RecordKind.LOST: "Lost",
}
DUTIES = {
    DutyKind.REPAIR: "A fault is to be mended",
    DutyKind.DELIVERY: "To be delivered",
    DutyKind.CALL_SUPPLIER: "Call the supplier: the order’s letter did not arrive",
    DutyKind.SET_UP: "To be set up",
    DutyKind.OXYGEN: "Oxygen safety is to be looked at",
    DutyKind.ASK_PAYER: "Ask the payer",
    DutyKind.ANSWER: "The payer is to answer",
    DutyKind.APPEAL: "Appeal by then, or let it be",
    DutyKind.ORDER: "To be ordered",
    DutyKind.PICKUP: "To be fetched",
    DutyKind.HAND_OVER: "Their hospice brings its own: ask, then have it fetched",
}
GROUPS = {
    "deliveries": ("Deliveries", ("delivery", "call_supplier", "order", "set_up")),
    "authorisations": ("Authorisations", ("ask_payer", "answer", "appeal")),
    "pickups": ("Pickups", ("pickup", "hand_over")),
    "safety": ("Faults and safety", ("repair", "oxygen")),
}
"""How the list may be narrowed."""
CATEGORIES = {
    Category.BED: "Bed",
    Category.MOBILITY: "Moving about",
    Category.BATH: "Bath and toilet",
    Category.BREATHING: "Breathing",
    Category.FEEDING: "Feeding",
    Category.MEDICINE: "Medicine",
}
PAID = {
    Paid.BOUGHT: "bought",
    Paid.RENTED_TO_OWN: "rented, then the patient’s own",
    Paid.RENTED: "rented",
}
HAZARDS = {
    OxygenHazard.SMOKING: "Somebody smokes",
    OxygenHazard.OPEN_FLAME: "Open flames, such as a gas stove or candles",
    OxygenHazard.NO_SMOKE_ALARM: "No smoke alarm that works",
    OxygenHazard.NO_RESERVE: "No reserve for when the power fails",
    OxygenHazard.STORED_UNSAFELY: "Cylinders may fall, or stand near heat",
    OxygenHazard.TRIPPING: "Somebody may trip over the tube",
}
PICKUPS = {
    PickupReason.NOT_NEEDED: "Not needed any more",
    PickupReason.CARE_ENDED: "Care has ended",
    PickupReason.DIED: "The patient has died",
    PickupReason.FAULTY: "It does not work",
    PickupReason.CHANGE_OF_SUPPLIER: "Another supplier brings its own",
}
DENIALS = {
    DenialReason.NOT_MEDICALLY_NECESSARY: "Not medically necessary",
    DenialReason.NOT_COVERED: "Not covered",
    DenialReason.DOCUMENTS_MISSING: "Documents are missing",
    DenialReason.OUT_OF_NETWORK: "Supplier out of network",
    DenialReason.SAME_OR_SIMILAR: "Something the same or similar is there already",
    DenialReason.NOT_ELIGIBLE: "Not eligible",
    DenialReason.OTHER: "Another reason",
}
