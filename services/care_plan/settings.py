"""What the care plan service can be told by its environment, beside the kit's settings."""

from pathlib import Path

from pydantic import Field, SecretStr

import carebus.settings


class Settings(carebus.settings.Settings):
    """What the planner reckons with, and what private links to visit summaries are made with."""

    rulesets: Path | None = None
    """A folder with numbers of your own for the planner (`assignment-2.yaml`, `travel-2.yaml`, `day-2.yaml`), which go
    before the service's: copy one of its files, raise `version`, and change the copy."""
    summary_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private links to visit summaries are made with; the notifications service has the same. Without it there
    are none, and whoever is to have a summary is given it in another way."""
