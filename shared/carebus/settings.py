"""What every service can be told by its environment; credentials may also be files in `CAREBUS_SECRETS_DIR`."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from carebus.credentials import Credentials, brokers_in

CONNECTIONS = 200
"""A browser opens six or so; a program that needs hundreds at once has something wrong."""

EMITTED = "emitted"
"""The source of events that `carebus emit` makes up."""


class ProcessRole(StrEnum):
    """Which parts of a service run in this process."""

    ALL = "all"
    API = "api"
    SUBSCRIBER = "subscriber"
    RELAY = "relay"
    LISTENER = "listener"


class Settings(Credentials):
    """The kit's settings. A service adds its own by a subclass."""

    model_config = SettingsConfigDict(
        env_prefix="CAREBUS_",
        secrets_dir=os.environ.get("CAREBUS_SECRETS_DIR"),
        hide_input_in_errors=True,
        extra="ignore",
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    database_url: str = Field(validation_alias="DATABASE_URL")
    """The service's own database, with its own role: `postgresql://role:password@host:port/database`."""
    kafka_bootstrap_servers: Annotated[tuple[str, ...], NoDecode] = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    """Where the brokers are: `host:port`, several separated by commas."""
    host: str = "127.0.0.1"
    """The address to serve pages and APIs on."""
    port: int = 8000
    """The port to serve pages and APIs on; processes with the role `subscriber`, `relay` or `listener` have none."""
    operators_host: str = "127.0.0.1"
    """The address to serve operators on: nobody is asked to sign in there, so let only monitoring reach it."""
    operators_port: int = 8001
    """The port of `/health/live`, `/health/ready`, `/metrics`, `/api/status` and `/openapi.json`, in every role; 0
    takes any that is free."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, by commas, whose word on who asks (X-Forwarded-For, -Proto) is believed; `*` means
    all, and goes with a loopback `CAREBUS_HOST` only."""
    connections_per_address: int = Field(CONNECTIONS, ge=1)
    """One client address (of IPv6: one /64) may hold so many connections; the trusted proxies may hold any number."""
    hosts: str = ""
    """Names that this service answers to, by commas and without ports, beside that of its public address and this
    machine's; a request for another name is refused."""
    role: ProcessRole = ProcessRole.ALL
    """Which parts run in this process."""
    topic_prefix: str = ""
    """Put before the names of topics and of the consumer group, so that installations can share a broker."""
    believed_sources: str = ""
    """Sources, by commas, whose events are taken beside those of the publishers that the contracts declare, as
    `emitted` (`carebus emit`) in a local run. Nobody else's are: they are parked as malformed."""
    clock_file: Path | None = None
    """The clinic's clock of a local run (see carebus.clock); without it, clinic time is real time."""
    links: str = ""
    """Links to the other services in every page's head: `Label=url,Label=url`, or the path of a file that says so and
    is read again when it changes. `Label=url|nurse doctor` is for these roles only; `find:Find a person=url` is where
    the head's box looks for people, and `person:Care plan=url/{patient_id}` leads from a person's page to the same
    person elsewhere."""
    help_line: str | None = None
    """The telephone number at the foot of every page."""
    prefix: str = Field("", pattern=r"^(/[a-z0-9][a-z0-9-]*)*$")
    """The path that all pages of this service are under, as `/care-plan`, where services share one host; without it
    they are at the root, where they stay reachable either way."""
    public_url: str | None = None
    """The address that browsers know this service by, with its prefix, as `https://care.example.org/care-plan`; without
    it, what they ask for."""
    oidc_issuer: str | None = None
    """The OpenID provider that people sign in with and programs get tokens from: its discovery document is below this
    address. Without it nobody signs in, and only what is open to anyone is open."""
    oidc_client_id: str = ""
    """This service's id at that provider; without it, `carebus-` and the service's name."""
    oidc_client_secret: SecretStr | None = None
    """This service's secret at that provider, if it has one."""
    oidc_scope: str = "openid profile email offline_access"
    """What signing in asks for. Sessions are renewed by refresh tokens: leave `offline_access` out where they come
    without it, as at Keycloak, since there such a session goes on at the provider after somebody has signed out."""
    oidc_audience: str = "carebus"
    """What access tokens must be meant for."""
    oidc_roles_claim: str = "roles"
    """Where tokens say the roles: a name, or a path with dots such as `realm_access.roles`."""
    oidc_organization_claim: str = "organization"
    """Where tokens say which organization or health plan somebody acts for, by its id or name."""
    oidc_staff_acr: tuple[str, ...] = ()
    """How staff must have signed in (`acr`), one of these, as `["urn:mfa"]`; none asks for nothing."""
    oidc_staff_amr: tuple[str, ...] = ()
    """The same by what they signed in with (`amr`), such as `["otp","hwk"]`: one of them will do."""
    oidc_keys: str | None = None
    """The provider's keys (a JWK set), for tokens that are to be good before it was ever reached."""
    log_level: str = "INFO"
    """The least level that is logged."""
    batch_records: int = Field(500, ge=1, le=5000)
    """At most so many records are handled in one transaction."""
    database_connections: int = Field(8, ge=2)
    """At most so many connections in the pool; relay, workers and the ear for notices hold one each beside it."""
    trace_ratio: float = Field(0.1, ge=0, le=1)
    """The share of traces begun here that are recorded; needs an exporter."""
    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where spans are sent by OTLP over HTTP; without it none are made."""
    drain_seconds: float = Field(15.0, gt=0)
    """How long a batch in hand may take to commit on shutdown and before partitions are given up."""

    @classmethod
    def of(cls, given: "Settings") -> Self:
        """The settings that a service was made with, as its own kind."""
        assert isinstance(given, cls), "a service is made with its own settings"
        return given

    @field_validator("kafka_bootstrap_servers", mode="before")
    @classmethod
    def _one_by_one(cls, named: Any) -> Any:
        """FastStream takes a list: of one text with commas it makes one address, which never connects."""
        return brokers_in(named) if isinstance(named, str) else named
