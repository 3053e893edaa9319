"""What the service can be told by its environment, beside the kit's settings."""

from pydantic import Field

import carebus.settings

PAGES_ZONE = "America/New_York"
"""Where the times on pages are told, and where a day of a search begins and ends."""
PAGE, MOST = 50, 500
"""How many rows are shown, unless told, and at most."""


class Settings(carebus.settings.Settings):
    """How much a page shows."""

    page_length: int = Field(PAGE, ge=1, le=MOST)
