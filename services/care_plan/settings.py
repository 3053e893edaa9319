"""What the care plan service can be told by its environment, beside the kit's settings."""

from pydantic import Field, SecretStr

import carebus.settings


class Settings(carebus.settings.Settings):
    """What private links to visit summaries are made with."""

    summary_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private links to visit summaries are made with; the notifications service has the same. Without it there
    are none, and whoever is to have a summary is given it in another way."""
