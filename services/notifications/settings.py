"""What the notifications service can be told by its environment beyond the kit's settings."""

from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

import carebus.settings
from carebus.web import BrokenRule
from carebus.web.private_links import PrivateLinks


class Settings(carebus.settings.Settings):
    """Where mail goes out, from whom, and how long a message is tried (real time)."""

    smtp_url: str = Field(validation_alias="SMTP_URL", repr=False)
    """The mail server: `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte."""
    mail_from: str
    """The bare address that mail comes from."""
    mail_plain: bool = False
    """Whether mail may leave this machine unencrypted. A message names a patient, so STARTTLS is required otherwise."""
    mail_connections: int = Field(4, ge=1, le=32)
    """At most so many messages are handed over at the same time."""
    mail_attempts: int = Field(60, ge=1)
    """A message is given up after so many tries."""
    mail_hours: float = Field(48.0, gt=0)
    """A message is given up when a try fails after so many hours of real time."""
    mail_retry_seconds: float = Field(1.0, gt=0)
    """How long to wait after the first try that failed; each further wait is twice as long, up to an hour."""
    mail_timeout_seconds: float = Field(10.0, gt=0)
    """How long the mail server may take for one answer."""

    status_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private status links are made with; the referral service has the same. Without it letters have no link."""
    referral_url: str = "http://127.0.0.1:8001"
    """The public address of the referral service: private links and links to FHIR resources begin with it."""

    summary_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private links to visit summaries are made with; the care plan service has the same. Without it letters have
    no link."""
    care_plan_url: str = "http://127.0.0.1:8002"
    """The public address of the care plan service, with its prefix: private links to summaries begin with it."""

    page_link_secret: SecretStr | None = Field(None, min_length=32)
    """What the links are made with by which a page is taken; the line has the same. Without it pages have no link."""
    team_mailbox: str = ""
    """The mailbox that care teams read, where they hear that a hospital told of a patient; without it nobody is written
    to. Letters to it name no patient."""
    line_url: str = "http://127.0.0.1:8006"
    """The public address of the line, with its prefix: links in letters to the team and in pages begin with it."""

    order_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private links to orders are made with; the equipment service has the same. Without it letters to suppliers
    have no link."""
    equipment_url: str = "http://127.0.0.1:8008"
    """The public address of the equipment service, with its prefix: links in letters to suppliers begin with it."""

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise BrokenRule("Write smtp://host:port, or smtps:// for TLS from the first byte.")
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address.count("@") != 1 or not address.isascii() or any(c.isspace() or c in '<>,;"' for c in address):
            raise BrokenRule("Write the bare address that mail comes from.")
        return address

    @property
    def private_links(self) -> PrivateLinks | None:
        """What makes the links in letters to referrers."""
        secret = self.status_link_secret
        return PrivateLinks(secret.get_secret_value(), f"{self.referral_url}/status") if secret else None

    @property
    def summary_links(self) -> PrivateLinks | None:
        """What makes the links in letters about visit summaries."""
        secret = self.summary_link_secret
        return PrivateLinks(secret.get_secret_value(), f"{self.care_plan_url.rstrip('/')}/summary") if secret else None

    @property
    def page_links(self) -> PrivateLinks | None:
        """What makes the links by which pages are taken."""
        secret = self.page_link_secret
        return PrivateLinks(secret.get_secret_value(), f"{self.line_url.rstrip('/')}/pages") if secret else None

    @property
    def order_links(self) -> PrivateLinks | None:
        """What makes the links in letters to suppliers."""
        secret = self.order_link_secret
        return PrivateLinks(secret.get_secret_value(), f"{self.equipment_url.rstrip('/')}/orders") if secret else None

    @property
    def mail_host(self) -> str:
        """The mail server's host."""
        return urlsplit(self.smtp_url).hostname or ""

    @property
    def mail_port(self) -> int:
        """The mail server's port; by default that of the scheme."""
        return urlsplit(self.smtp_url).port or (465 if self.mail_tls else 587)

    @property
    def mail_tls(self) -> bool:
        """Whether the connection is TLS from the first byte."""
        return urlsplit(self.smtp_url).scheme == "smtps"

    @property
    def mail_login(self) -> tuple[str, str] | None:
        """User name and password, if the address holds them."""
        parts = urlsplit(self.smtp_url)
        return (unquote(parts.username), unquote(parts.password or "")) if parts.username else None

    @property
    def mail_upgrade(self) -> bool | None:
        """STARTTLS: required (True), never asked for (False), or used where offered (None)."""
        if self.mail_tls:
            return False
        return None if self.mail_plain or _is_this_machine(self.mail_host) else True


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
