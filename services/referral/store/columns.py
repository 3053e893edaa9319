"""Rows saved many at once: columns declared by name, of which both a statement and its values are made."""

from collections.abc import Mapping, Sequence
from typing import Any


class Columns:
    """The columns that a statement takes, each with its type in PostgreSQL."""

    def __init__(self, **kinds: str) -> None:
        self._kinds = kinds
        self.names = ", ".join(kinds)

    def rows(self, first: int = 1) -> str:
        """The rows as a table in the statement; their first column is the parameter with the number `first`."""
        lists = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(self._kinds.values(), first))
        return f"unnest({lists}) as row ({self.names})"

    def updated(self, *others: str, but: str) -> str:
        """Every column set to what was to be inserted, for `on conflict do update`; not the key `but` and `others`."""
        return ", ".join(f"{name} = excluded.{name}" for name in self._kinds if name not in {but, *others})

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """The values of these rows as the statement's parameters: a list for each column."""
        return [[row[name] for row in rows] for name in self._kinds]
