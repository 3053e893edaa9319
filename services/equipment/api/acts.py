"""Acts: what is done about somebody's equipment by one command each, from a form or as JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from carebus.access import Caller
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import Command, Reaction, on
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.equipment.domain import correcting
from services.equipment.domain.correcting import CorrectDelivery, WithdrawRecord
from services.equipment.domain.equipment import Equipment, PatientUnknown
from services.equipment.domain.loans import delivering, ending, keeping, ordering
from services.equipment.domain.loans.delivering import RecordDelivery, RecordFound
from services.equipment.domain.loans.ending import CancelPickup, RecordLoss, RecordReturn, RequestPickup
from services.equipment.domain.loans.keeping import (
    CheckOxygen,
    RecordSetUp,
    RecordTraining,
    ReplaceLoan,
    ReportFault,
    ResolveFault,
)
from services.equipment.domain.loans.ordering import CancelOrder, OrderItem, SupplierUnknown
from services.equipment.domain.requests import authorising, requesting
from services.equipment.domain.requests.authorising import (
    Appeal,
    AskPayer,
    NoteApproval,
    NoteDenial,
    NoteNotRequired,
    NotePartApproval,
    NotePended,
)
from services.equipment.domain.requests.requesting import RequestItem, WithdrawRequest
from services.equipment.settings import Settings
from services.equipment.store import patients
from services.equipment.store.catalogue import catalogue

_MADE = UUID("6b0c7d52-7c1a-5d0e-9a61-2f4f0d2c8e42")
NAMED = {"item": "item_code", "supplier": "supplier_id"}
"""What whoever acts names by its id, and the command holds whole."""


class Act(NamedTuple):
    """A command, what it decides, its body without what is given, and the field that names what it is about."""

    command: type[Command]
    reaction: Reaction
    body: type[BaseModel]
    about: str
    makes: tuple[str, ...]


class Became(BaseModel):
    """The answer to an act: whose equipment, what the act made, and how many things are in use."""

    patient_id: UUID
    made: dict[str, UUID]
    in_use: int


def act(command: type[Command], reaction: Reaction, about: str = "", *, makes: tuple[str, ...] = ()) -> Act:
    """One act. makes: the ids of what it makes, which follow from its key."""
    given = {"by", "email", *makes, *NAMED}
    fields: dict[str, Any] = {n: (info.annotation, info) for n, info in command.model_fields.items() if n not in given}
    short = Field(min_length=1, max_length=40)
    fields |= {code: (str, short) for whole, code in NAMED.items() if whole in command.model_fields}
    config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    body = create_model(f"{command.__name__}Body", __config__=config, __doc__=command.__doc__, **fields)
    return Act(command, reaction, body, about, makes)


REQUEST, ORDER, LOAN, RECORD = "request_id", "order_id", "loan_id", "record_id"
ACTS: dict[str, Act] = {
    "request": act(RequestItem, on(Equipment, requesting.request_item), makes=(REQUEST,)),
    "withdraw": act(WithdrawRequest, on(Equipment, requesting.withdraw_request), REQUEST),
    "not-required": act(NoteNotRequired, on(Equipment, authorising.note_not_required), REQUEST),
    "ask-payer": act(AskPayer, on(Equipment, authorising.ask_payer), REQUEST),
    "pended": act(NotePended, on(Equipment, authorising.note_pended), REQUEST),
    "approved": act(NoteApproval, on(Equipment, authorising.note_approval), REQUEST),
    "partly-approved": act(NotePartApproval, on(Equipment, authorising.note_part_approval), REQUEST),
    "denied": act(NoteDenial, on(Equipment, authorising.note_denial), REQUEST),
    "appeal": act(Appeal, on(Equipment, authorising.appeal), REQUEST),
    "order": act(OrderItem, on(Equipment, ordering.order_item), REQUEST, makes=(ORDER, "link_id")),
    "cancel-order": act(CancelOrder, on(Equipment, ordering.cancel_order), ORDER),
    "delivered": act(RecordDelivery, on(Equipment, delivering.record_delivery), ORDER, makes=(LOAN,)),
    "found": act(RecordFound, on(Equipment, delivering.record_found), makes=(LOAN,)),
    "set-up": act(RecordSetUp, on(Equipment, keeping.record_set_up), LOAN),
    "training": act(RecordTraining, on(Equipment, keeping.record_training), LOAN),
    "fault": act(ReportFault, on(Equipment, keeping.report_fault), LOAN),
    "resolved": act(ResolveFault, on(Equipment, keeping.resolve_fault), LOAN),
    "replaced": act(ReplaceLoan, on(Equipment, keeping.replace_loan), LOAN, makes=("new_loan_id",)),
    "oxygen": act(CheckOxygen, on(Equipment, keeping.check_oxygen), LOAN),
    "pickup": act(RequestPickup, on(Equipment, ending.request_pickup), LOAN),
    "cancel-pickup": act(CancelPickup, on(Equipment, ending.cancel_pickup), LOAN),
    "returned": act(RecordReturn, on(Equipment, ending.record_return), LOAN),
    "lost": act(RecordLoss, on(Equipment, ending.record_loss), LOAN),
    "correct": act(CorrectDelivery, on(Equipment, correcting.correct_delivery), LOAN),
    "take-back": act(WithdrawRecord, on(Equipment, correcting.withdraw_record), RECORD),
}
"""What is done, by the last part of its address."""


def name_of(caller: Caller) -> str:
    """Who acts, as records show them."""
    return caller.name or caller.role.replace("_", " ")


async def perform(
    parts: Parts, one: Act, patient_id: UUID, body: Mapping[str, Any], caller: Caller, asked: Asked
) -> Answer:
    """Do it. Raises what the domain raises, and RequestValidationError for a wrong body."""
    made = {name: uuid5(_MADE, f"{asked.caller.actor}/{asked.key}/{name}") for name in one.makes}
    given = {**_whole(Settings.of(parts.settings), one, body), **made, "by": name_of(caller)}
    command = command_of(one.command, given)

    def reply(done: Done) -> Became:
        in_use = sum(loan.in_use for loan in done.state(Equipment).loans)
        return Became(patient_id=patient_id, made=made, in_use=in_use)

    return await parts.commands.perform(one.reaction, patient_stream(patient_id), command, asked, reply)


def command_of(kind: type[Command], given: Mapping[str, Any]) -> Command:
    """The command; what a rule over several fields refuses is RequestValidationError, as for any other field."""
    try:
        return kind.model_validate(given)
    except ValidationError as why:
        raise RequestValidationError(why.errors()) from None


async def known(db: Connection, patient_id: UUID) -> Equipment:
    """What is known of a patient's equipment. Raises PatientUnknown."""
    found = await patients.equipment_of(db, patient_id)
    if found is None:
        raise PatientUnknown
    return found


def _whole(settings: Settings, one: Act, body: Mapping[str, Any]) -> dict[str, Any]:
    """With what is named by its code as the catalogue and the list of suppliers have it."""
    given = dict(body)
    if "item" in one.command.model_fields:
        given["item"] = catalogue(settings.catalogue).item(given.pop("item_code", ""))
    if "supplier" in one.command.model_fields:
        supplier = settings.supplier(given.pop("supplier_id", ""))
        if supplier is None:
            raise SupplierUnknown
        given["supplier"] = supplier.as_told
        given |= {"email": supplier.email} if "email" in one.command.model_fields else {}
    return given
