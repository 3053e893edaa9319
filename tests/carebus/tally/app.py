"""The tally service as operators' commands find it: with the settings of the environment."""

from __future__ import annotations

from carebus.service import Service
from carebus.settings import Settings
from tests.carebus.tally import make


def service() -> Service:
    """The tally service."""
    return make(Settings())
