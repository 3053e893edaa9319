"""The service that `CHAIN_SERVICE` names, for the command `python -m carebus parked list tests.faults.chain`."""

from __future__ import annotations

import os

from carebus.service import Service
from carebus.settings import Settings
from tests.faults.chain import make


def service() -> Service:
    """The service as the environment wants it."""
    return make(os.environ["CHAIN_SERVICE"], Settings())
