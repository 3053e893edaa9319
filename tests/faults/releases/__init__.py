"""The two releases of the chain that work at the same time while one takes the other's place."""

from __future__ import annotations

from collections.abc import Callable

from carebus.service import Service
from carebus.settings import Settings
from tests.faults import chain
from tests.faults.releases import later

RELEASES: dict[str, Callable[[str, Settings], Service]] = {"first": chain.make, "later": later.make}
