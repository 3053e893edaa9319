"""What the line can be told by its environment, beside the kit's settings."""

from pathlib import Path

from pydantic import Field

import carebus.settings

CLOSED_SHOWN, MOST_SHOWN = 20, 200


class Settings(carebus.settings.Settings):
    """How much the board shows, whom to ask when nobody of a team can be reached, and own protocols."""

    closed_shown: int = Field(CLOSED_SHOWN, ge=0, le=MOST_SHOWN)
    """How many closed calls the board shows."""
    on_call: str = ""
    """Who is paged after the patient's team, one after the other: `Name +15550100 mail@example.org; Name ...`."""
    protocols: Path | None = None
    """A folder with protocols beside the service's own (see docs/how-to/write-a-protocol.md)."""
