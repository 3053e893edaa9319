"""What each act's form asks for, in which order, and in which words."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from services.equipment.api import words
from services.equipment.domain.equipment import Equipment
from services.equipment.settings import Settings
from services.equipment.store.catalogue import catalogue

MANY = ("hazards",)
TIMES = ("at",)


class Field(NamedTuple):
    """One field. kind: text, long, day, moment, number, select, checks or check.  first: what it begins with."""

    name: str
    kind: str = "text"
    hint: str = ""
    optional: bool = False
    first: str = ""


class Says(NamedTuple):
    """A form's title, its fields, and its button."""

    title: str
    button: str
    fields: tuple[Field, ...] = ()
    note: str = ""
    danger: bool = False


LABELS = {
    "item_code": "What is needed",
    "units": "How many",
    "justification": "Why it is needed",
    "at": "When",
    "because": "Why",
    "starts_on": "From",
    "ends_on": "To, the day included",
    "number": "Authorisation number",
    "reason": "Reason",
    "appeal_until": "May be appealed until",
    "supplier_id": "Supplier",
    "due_on": "By",
    "serial": "Serial number",
    "trained": "Who was shown",
    "words": "In words",
    "urgent": "Somebody is in danger without it",
    "fault_id": "Which fault",
    "hazards": "What is dangerous",
}
WHEN = Field("at", "moment", "Leave empty if it was just now.", optional=True)
WHY = Field("because", "long")
SERIAL = Field("serial", hint="As it stands on the thing itself.", optional=True)
UNITS = Field("units", "number", first="1")
WORDS = Field("words", "long", optional=True)
PICKUP_REASON = Field("reason", "select", "Why it is fetched.")
FIELDS: Mapping[str, Says] = {
    "request": Says(
        "Ask for equipment", "Ask for it", (Field("item_code", "select"), UNITS, Field("justification", "long"), WHEN)
    ),
    "withdraw": Says("It is not needed any more", "Withdraw the request", (WHY,), danger=True),
    "not-required": Says("No authorisation is required", "Record it", (WHEN,)),
    "ask-payer": Says("The payer was asked", "Record it", (WHEN,)),
    "pended": Says(
        "The payer wants to know more", "Record it", (Field("because", "long", "What it wants to know."), WHEN)
    ),
    "approved": Says(
        "The payer pays for all of it",
        "Record it",
        (UNITS, Field("starts_on", "day"), Field("ends_on", "day"), Field("number"), WHEN),
    ),
    "partly-approved": Says(
        "The payer pays for less",
        "Record it",
        (
            UNITS,
            Field("starts_on", "day"),
            Field("ends_on", "day"),
            Field("number"),
            WHY,
            Field("appeal_until", "day", optional=True),
            WHEN,
        ),
    ),
    "denied": Says(
        "The payer does not pay",
        "Record it",
        (
            Field("reason", "select"),
            Field("because", "long", "In the words of its letter.", optional=True),
            Field("appeal_until", "day", optional=True),
            WHEN,
        ),
    ),
    "appeal": Says("It was appealed", "Record it", (Field("because", "long", "What was argued."), WHEN)),
    "order": Says(
        "Order it",
        "Order it",
        (Field("supplier_id", "select"), UNITS, Field("due_on", "day")),
        "A supplier with an e-mail address is written to, with a private link to confirm by. For others, print it.",
    ),
    "cancel-order": Says("Cancel the order", "Cancel it", (WHY,), "Tell the supplier too.", danger=True),
    "delivered": Says("It was delivered", "Record the delivery", (SERIAL, WHEN)),
    "found": Says(
        "Something is there that nobody here ordered",
        "Record it",
        (Field("item_code", "select"), Field("supplier_id", "select"), SERIAL, WHEN),
    ),
    "set-up": Says("It was set up, and works", "Record it", (WHEN,)),
    "training": Says("Somebody was shown how it is used", "Record it", (Field("trained"), WHEN)),
    "fault": Says(
        "It does not work as it should", "Report it", (Field("words", "long"), Field("urgent", "check"), WHEN)
    ),
    "resolved": Says("It works again", "Record it", (Field("fault_id", "select"), WORDS, WHEN)),
    "replaced": Says("Another took its place", "Record it", (WHY, SERIAL, WHEN)),
    "oxygen": Says(
        "Oxygen safety was looked at",
        "Record it",
        (Field("hazards", "checks", "Tick none if it is safe."), WORDS, WHEN),
    ),
    "pickup": Says("Have it fetched", "Ask for it", (PICKUP_REASON, Field("due_on", "day", optional=True), WORDS)),
    "cancel-pickup": Says("It is not to be fetched after all", "Cancel the pickup", (WHY,)),
    "returned": Says("The supplier has it back", "Record the return", (WHEN,)),
    "lost": Says("Nobody can say where it is", "Record the loss", (WHY, WHEN), danger=True),
    "correct": Says(
        "The delivery was otherwise",
        "Correct it",
        (SERIAL, Field("at", "moment", "When it was delivered. Leave empty if that was right.", optional=True), WHY),
    ),
    "take-back": Says(
        "This never happened", "Take it back", (WHY,), "Everything is as if it had never been recorded.", danger=True
    ),
}
"""The form of each act, by the last part of its address."""


def options_of(field: Field, settings: Settings, found: Equipment, about: UUID | None) -> list[tuple[Any, str]]:
    """What may be chosen, as pairs of value and words."""
    match field.name:
        case "item_code":
            items = sorted(catalogue(settings.catalogue).items, key=lambda one: (one.category, one.en))
            return [(one.code, f"{words.CATEGORIES[one.category]}: {one.en} ({one.code})") for one in items]
        case "supplier_id":
            return [(one.id, one.name) for one in settings.suppliers]
        case "fault_id":
            loan = next((one for one in found.loans if one.loan_id == about), None)
            return [(one.record_id, one.words) for one in loan.open_faults] if loan else []
        case "hazards":
            return list(words.HAZARDS.items())
        case "reason":
            return list((words.PICKUPS if field is PICKUP_REASON else words.DENIALS).items())
        case _:
            return []
