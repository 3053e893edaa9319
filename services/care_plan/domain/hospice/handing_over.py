"""Plan, wishes and medicines go to the hospice as one package; somebody there says that they have it."""

from datetime import timedelta
from http import HTTPStatus

from carebus.contracts.care_plan import HospicePackageReceived, HospicePackageSent
from carebus.decisions import Cause, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.hospice.asked import AcknowledgePackage, RecordReceipt, SendPackage, require_past
from services.care_plan.domain.hospice.state import EntryUnknown, Hospice, Package

KEPT = 10
LINK_DAYS = timedelta(days=90)
"""For so long a package's private link opens it."""


class NothingToHandOver(CarebusError):
    """No plan was written, no medicines were reconciled and no wishes are known: there is nothing to hand over."""


class ReceivedBeforeSent(CarebusError):
    """The package was sent after that day. Look at the day once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "received_on"


def send_package(care: Care, hospice: Hospice, asked: SendPackage, cause: Cause) -> Decision:
    """It went to the hospice that was elected. Raises NotEnrolled, NothingToHandOver."""
    elected = hospice.require_enrolled()
    plan = care.plan if care.plan and care.plan.says else None
    if plan is None and care.medicines is None and not hospice.wishes:
        raise NothingToHandOver
    sent = Package(
        package_id=cause.derive("hospice_package"),
        enrolment_id=elected.entry_id,
        to=asked.to,
        how=asked.how,
        sent_at=cause.now,
    )
    told = HospicePackageSent(
        package_id=sent.package_id,
        enrolment_id=elected.entry_id,
        plan_version=plan.version if plan else None,
        medicines_version=care.medicines.version if care.medicines else None,
        wishes_as_of=hospice.wishes_as_of,
        to=sent.to,
        how=sent.how,
        sent_at=cause.now,
    )
    return changed(hospice.but(packages=(*hospice.packages, sent)[-KEPT:])).tells(told).part_of(care.journey_id)


def acknowledge_package(care: Care, hospice: Hospice, read: AcknowledgePackage, cause: Cause) -> Decision:
    """Whoever holds the private link says that they have it. Raises EntryUnknown."""
    receipt = RecordReceipt(
        package_id=read.package_id, received_by=read.received_by, received_on=day_of(care, cause.now)
    )
    return record_receipt(care, hospice, receipt, cause)


def record_receipt(care: Care, hospice: Hospice, asked: RecordReceipt, cause: Cause) -> Decision:
    """Raises EntryUnknown, DayToCome, ReceivedBeforeSent."""
    sent = next((one for one in hospice.packages if one.package_id == asked.package_id), None)
    if sent is None:
        raise EntryUnknown(field="package_id")
    require_past(care, asked.received_on, "received_on", cause)
    if asked.received_on < day_of(care, sent.sent_at):
        raise ReceivedBeforeSent
    if sent.received_on is not None:
        return ignore("receipt_known")
    now = sent.model_copy(update={"received_by": asked.received_by, "received_on": asked.received_on})
    told = HospicePackageReceived(
        package_id=sent.package_id,
        enrolment_id=sent.enrolment_id,
        received_by=asked.received_by,
        received_on=asked.received_on,
        recorded_at=cause.now,
    )
    packages = tuple(now if one.package_id == sent.package_id else one for one in hospice.packages)
    return changed(hospice.but(packages=packages)).tells(told).part_of(care.journey_id)
