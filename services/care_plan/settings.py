"""What the care plan service can be told by its environment: what the kit knows, nothing more."""

import carebus.settings


class Settings(carebus.settings.Settings):
    """The settings of the care plan service."""
