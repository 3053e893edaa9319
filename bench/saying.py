"""How a section says how far it is, and the shape of what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
"""A section's figures, as they are kept in the file of results."""

Say = Callable[[str], None]
"""Hears one line of progress."""
