"""What the line can be told by its environment, beside the kit's settings."""

from pathlib import Path

from pydantic import Field, SecretStr

import carebus.settings

CLOSED_SHOWN, MOST_SHOWN = 20, 200


class Settings(carebus.settings.Settings):
    """How much the board shows, and how telephone systems and those who are paged are known."""

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
