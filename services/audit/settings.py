"""What the service can be told by its environment, beside the kit's settings."""

from pydantic import Field

import carebus.settings

PAGE, MOST = 50, 500
"""How many rows are shown, unless told, and at most."""


class Settings(carebus.settings.Settings):
    """How much a page shows."""

    page_length: int = Field(PAGE, ge=1, le=MOST)
