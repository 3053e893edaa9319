"""How broker and database are reached when they ask who comes: TLS, and credentials that are read from files."""

import ssl
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from carebus.errors import CarebusError


class CredentialsNotWhole(CarebusError):
    """KAFKA_SECURITY_PROTOCOL={protocol} needs {missing} as well."""


class CredentialUnreadable(CarebusError):
    """The file that {variable} names can't be read."""


class BrokersUnnamed(CarebusError):
    """KAFKA_BOOTSTRAP_SERVERS names no broker: give host:port, several separated by commas."""


class Security(StrEnum):
    """How brokers are spoken to."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class Mechanism(StrEnum):
    """How brokers are shown a password."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class Credentials(BaseSettings):
    """What servers that ask for it are told and shown. Read from the environment wherever a connection begins."""

    model_config = SettingsConfigDict(
        hide_input_in_errors=True, extra="ignore", populate_by_name=True, use_attribute_docstrings=True
    )

    kafka_security_protocol: Security = Field(Security.PLAINTEXT, validation_alias="KAFKA_SECURITY_PROTOCOL")
    """How brokers are spoken to: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
    kafka_sasl_mechanism: Mechanism = Field(Mechanism.SCRAM_SHA_512, validation_alias="KAFKA_SASL_MECHANISM")
    """How the brokers are shown the password: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""
    kafka_sasl_username: str | None = Field(None, validation_alias="KAFKA_SASL_USERNAME")
    """The service's name with the brokers."""
    kafka_sasl_password_file: Path | None = Field(None, validation_alias="KAFKA_SASL_PASSWORD_FILE")
    """A file with the password for the brokers; read whenever a client of theirs is made."""
    kafka_ca_file: Path | None = Field(None, validation_alias="KAFKA_CA_FILE")
    """The certificates (PEM) that brokers must descend from; without it, those that the system trusts."""
    kafka_certificate_file: Path | None = Field(None, validation_alias="KAFKA_CERTIFICATE_FILE")
    """The service's own certificate (PEM), for brokers that want one."""
    kafka_key_file: Path | None = Field(None, validation_alias="KAFKA_KEY_FILE")
    """The key (PEM) of that certificate."""
    database_password_file: Path | None = Field(None, validation_alias="DATABASE_PASSWORD_FILE")
    """A file with the password for a `DATABASE_URL` that has none; read at every connection, so a new one needs no
    restart."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Credentials":
        wanted = {
            "KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "KAFKA_SASL_PASSWORD_FILE": self.kafka_sasl_password_file,
        }
        missing = [name for name, given in wanted.items() if not given]
        if self.kafka_by_password and missing:
            raise CredentialsNotWhole(protocol=self.kafka_security_protocol, missing=" and ".join(missing))
        return self

    @property
    def kafka_by_password(self) -> bool:
        """Whether the brokers are shown a password."""
        return self.kafka_security_protocol.startswith("SASL_")

    @property
    def kafka_password(self) -> str:
        """The password for the brokers, as it stands in its file now. Raises CredentialUnreadable."""
        return _read("KAFKA_SASL_PASSWORD_FILE", self.kafka_sasl_password_file)

    def kafka_tls(self) -> ssl.SSLContext | None:
        """What checks the brokers' certificates and names, or None where connections are not encrypted."""
        if not self.kafka_security_protocol.endswith("SSL"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.kafka_ca_file)
            if self.kafka_certificate_file:
                context.load_cert_chain(self.kafka_certificate_file, self.kafka_key_file)
        except OSError:  # SSLError is one
            raise CredentialUnreadable(variable="KAFKA_CA_FILE, KAFKA_CERTIFICATE_FILE or KAFKA_KEY_FILE") from None
        return context


def brokers_in(text: str) -> tuple[str, ...]:
    """The brokers that a text names, separated by commas. Raises BrokersUnnamed."""
    found = tuple(place.strip() for place in text.split(",") if place.strip())
    if not found:
        raise BrokersUnnamed
    return found


def kafka() -> dict[str, Any]:
    """What every client of aiokafka is made with, beside the brokers' addresses. Raises CredentialUnreadable."""
    credentials = Credentials()
    told: dict[str, Any] = {
        "security_protocol": credentials.kafka_security_protocol.value,
        "ssl_context": credentials.kafka_tls(),
    }
    if credentials.kafka_by_password:
        told |= {
            "sasl_mechanism": credentials.kafka_sasl_mechanism.value,
            "sasl_plain_username": credentials.kafka_sasl_username,
            "sasl_plain_password": credentials.kafka_password,
        }
    return told


def password_of(dsn: str) -> Callable[[], str] | None:
    """What asyncpg asks for the password at every connection; None when the address has it, or nothing does."""
    file = Credentials().database_password_file
    if file is None or urlsplit(dsn).password:
        return None
    return lambda: _read("DATABASE_PASSWORD_FILE", file)


def _read(variable: str, file: Path | None) -> str:
    try:
        return file.read_text().strip() if file else ""
    except (OSError, UnicodeDecodeError):
        raise CredentialUnreadable(variable=variable) from None
