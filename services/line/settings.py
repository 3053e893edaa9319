"""What the line can be told by its environment, beside the kit's settings."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

import carebus.settings
from carebus.errors import BrokenRule

CLOSED_SHOWN, MOST_SHOWN = 20, 200
MEBIBYTE = 1024 * 1024


class Hospital(BaseModel):
    """A hospital that may send messages, as it names itself in them, and from where.

    application, facility: MSH-3 and MSH-4; an empty one may be anything.  endpoint: `MessageHeader.source.endpoint` of
    FHIR.  zone: of times that state none.  networks: of its MLLP senders.  assigners: who gives out its numbers.
    certificate: the common name of the client certificate that its connections show, where they show one.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)
    name: str = Field(min_length=1, max_length=100)
    application: str = ""
    facility: str = ""
    endpoint: str = ""
    zone: str = "America/New_York"
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    assigners: tuple[str, ...] = ()
    certificate: str = ""

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise BrokenRule("Write a time zone such as America/New_York.") from None


class Settings(carebus.settings.Settings):
    """How much the board shows, and which telephone systems and hospitals are known, and how."""

    closed_shown: int = Field(CLOSED_SHOWN, ge=0, le=MOST_SHOWN)
    """How many closed calls the board shows."""
    telephone_secret: SecretStr | None = Field(None, min_length=24)
    """The secret of Standard Webhooks (`whsec_...`) by which a telephone system, or its bridge, signs what it tells."""
    twilio_token: SecretStr | None = Field(None, min_length=16)
    """Twilio's auth token, by which it signs its status callbacks."""
    page_link_secret: SecretStr | None = Field(None, min_length=32)
    """What the links are made with by which a page is taken; the notifications service has the same. Without it pages
    are taken on the call's page only."""
    protocols: Path | None = None
    """A folder with protocols beside the service's own (see docs/how-to/write-a-protocol.md)."""
    hospitals: tuple[Hospital, ...] = ()
    """Which hospitals may send messages, as JSON: `[{"name": "General Hospital", "facility": "GENERAL", "networks":
    ["10.1.0.0/16"], "zone": "America/Chicago"}]`; see docs/how-to/connect-a-hospital.md. Without any the port stays
    closed."""
    hospital_processing_id: str = "P"
    """Which messages are taken, by their processing id (MSH-11): `P` in production, `T` or `D` where that is tried."""
    message_bytes: int = Field(MEBIBYTE, ge=1024, le=64 * MEBIBYTE)
    """How long a hospital's message, or file of them, may be; a longer one is rejected and the connection closed."""
    sealed_hours: float = Field(72.0, gt=0, le=24 * 30)
    """How long a message about nobody who is known is kept, sealed, before it is erased."""
    mllp_host: str = "127.0.0.1"
    """The address to listen on for messages of HL7 version 2, in the roles `listener` and `all`."""
    mllp_port: int = Field(2575, ge=0, le=65535)
    """The port to listen on for them. Several processes of one machine may share it."""
    mllp_connections: int = Field(100, ge=1)
    """At most so many connections of hospitals at once, in each process."""
    mllp_idle_seconds: float = Field(900.0, gt=0)
    """A connection on which nothing has come for so long is closed."""
    mllp_certificate: Path | None = None
    """The certificate to show, with its chain, as a PEM file: connections are by TLS then, and by nothing else."""
    mllp_key: Path | None = None
    """The private key of that certificate, where it is not in the same file."""
    mllp_client_authorities: Path | None = None
    """Whose client certificates are taken, as a PEM file; without it none is asked for."""

    @model_validator(mode="after")
    def _asks_for_certificates_by_tls_only(self) -> "Settings":
        if self.mllp_client_authorities and not self.mllp_certificate:
            raise BrokenRule("Set CAREBUS_MLLP_CERTIFICATE as well: only TLS can ask for client certificates.")
        return self
