"""What the referral service tells about its referrers: what they are to hear of, and what they have looked at."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Referrer
from carebus.contracts.phi import Phi
from carebus.contracts.referral.decisions import ContinuedBecause


class StatusLink(Value):
    """A private link to a status page. The id alone opens nothing: an address is made of it with a secret."""

    link_id: UUID
    issued_at: Annotated[datetime, Phi.DATE]


class SeenBy(StrEnum):
    """How a referrer got to see where a referral stands."""

    LINK = "link"
    CONFIRMED = "confirmed"
    ACCOUNT = "account"


class ReferrerStatusChanged(PatientEvent):
    """A referral stands elsewhere for its referrer: in our words, in those of FHIR Task and in those of BSeR.

    `newsworthy`: a person wants to read of it; the other changes are for systems.  `continued`: why it goes on, where
    it was to be cancelled.  `address_proven`: a proven sender gave the referrer's address, or somebody there has shown
    whom they referred.
    """

    referral_id: UUID
    reference: str
    referrer: Referrer
    status: str
    task_status: str
    business_status: str
    newsworthy: bool
    link: StatusLink
    changed_at: Annotated[datetime, Phi.DATE]
    continued: ContinuedBecause | None = None
    address_proven: bool = True


class ReferrerUpdateRequested(PatientEvent):
    """The referrer is to be written to with a new private link; the one before no longer opens anything."""

    referral_id: UUID
    reference: str
    referrer: Referrer
    status: str
    link: StatusLink
    requested_at: Annotated[datetime, Phi.DATE]
    address_proven: bool = True


class ReferrerStatusViewed(PatientEvent):
    """Somebody looked at a status page: told once for a while. A mail scanner may open a link, but confirms nothing."""

    referral_id: UUID
    seen_by: SeenBy
    status: str
    viewed_at: Annotated[datetime, Phi.DATE]


class ReferrerLinkRevoked(PatientEvent):
    """A private link was ended before its time."""

    referral_id: UUID
    link_id: UUID
    revoked_at: Annotated[datetime, Phi.DATE]
