"""What every service can be told by its environment; credentials may also be files in `CAREBUS_SECRETS_DIR`."""

import os
from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Role(StrEnum):
    """Which parts of a service run in this process."""

    ALL = "all"
    API = "api"
    SUBSCRIBER = "subscriber"
    RELAY = "relay"


class Settings(BaseSettings):
    """The kit's settings. A service adds its own by a subclass."""

    model_config = SettingsConfigDict(
        env_prefix="CAREBUS_",
        secrets_dir=os.environ.get("CAREBUS_SECRETS_DIR"),
        hide_input_in_errors=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: str = Field(validation_alias="DATABASE_URL")
    kafka_bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    host: str = "127.0.0.1"
    port: int = 8000
    role: Role = Role.ALL
    topic_prefix: str = ""
    clock_file: Path | None = None
    links: str = ""
    help_line: str | None = None
    log_level: str = "INFO"
    batch_records: int = Field(500, ge=1, le=5000)
    database_connections: int = Field(8, ge=2)
    trace_ratio: float = Field(0.1, ge=0, le=1)
    otlp_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    drain_seconds: float = Field(15.0, gt=0)
