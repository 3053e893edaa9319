"""What the outcomes service can be told by its environment: the kit's settings."""

import carebus.settings


class Settings(carebus.settings.Settings):
    """Nothing of its own yet."""
