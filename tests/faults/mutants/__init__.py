"""The kit with one guarantee broken: what the fault tests must notice, or they would notice nothing.

Where the break only shows when a process dies at one moment, the mutant stays there a little longer than the kit would.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.mutants import deciding, reading, relaying, showing, timing

MUTANTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        *relaying.MUTANTS,
        *reading.MUTANTS,
        *deciding.MUTANTS,
        *timing.MUTANTS,
        *showing.MUTANTS,
    )
}


def plant(name: str) -> None:
    """Break what `name` says; nothing when it is empty."""
    if name:
        MUTANTS[name]()
