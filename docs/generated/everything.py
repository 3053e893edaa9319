"""Imports every module of the kit and of the services, so that what they declare can be listed."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import carebus
import services

STARTS_THINGS = "__main__"


def modules() -> list[ModuleType]:
    """All of them, by name."""
    found = [
        import_module(module.name)
        for package in (carebus, services)
        for module in walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith(STARTS_THINGS)
    ]
    return sorted(found, key=lambda module: module.__name__)
