"""What the service can be told by its environment, beside the kit's settings."""

import base64
import binascii
from collections.abc import Mapping

from pydantic import Field, SecretStr, field_validator

import carebus.settings
from carebus.errors import BrokenRule

KEY_BYTES = 32


class Settings(carebus.settings.Settings):
    """How files are kept and scanned."""

    document_keys: SecretStr | None = None
    """What documents are sealed with: `id:key` for each key, separated by commas, the newest first; a key is 32 random
    bytes in base64 (`openssl rand -base64 32`). New documents take the first; keep the others as long as a document has
    them. Without any, no file is taken."""
    clamd_host: str = ""
    """Where clamd looks through files; without it files are shown, and none can be taken away."""
    clamd_port: int = Field(3310, ge=1, le=65535)

    @field_validator("document_keys")
    @classmethod
    def _are_keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None and not all(
            name and len(key) == KEY_BYTES for name, key in _parted(keys.get_secret_value())
        ):
            raise BrokenRule("Write id:key for each, separated by commas; a key is 32 random bytes in base64.")
        return keys

    @property
    def keys(self) -> Mapping[str, bytes]:
        """Each key by its id, the newest first."""
        return dict(_parted(self.document_keys.get_secret_value())) if self.document_keys else {}


def _parted(text: str) -> list[tuple[str, bytes]]:
    parts = [one.strip().partition(":") for one in text.split(",")]
    return [(name, _decoded(key)) for name, _, key in parts]


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""
