"""What a run comes to: the judge's counts, what was seen besides, and how fast it recovered."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from tests.faults import history as after
from tests.faults.checker import Kind, Violation, check
from tests.faults.history import History
from tests.faults.worlds import Hit, World


@dataclass(frozen=True)
class Result:
    """A line of the report."""

    fault: str
    seed: int
    injected: dict[str, int]
    commands: int
    acked: int
    acked_meanwhile: int
    counts: dict[str, int]
    fenced: int
    repeated_records: int
    refused: dict[str, int]
    recovery_s: dict[str, float]
    rested: bool
    first_violations: list[str]
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong at all."""
        return self.rested and not sum(self.counts.values()) and set(self.refused) <= {"503"}


def judged(world: World, name: str, seed: int, history: History, *, rested: bool) -> Result:
    lost = _lost_states(world, history)
    world.count("states lost with the database", len(lost)) if world.went_back_at else None
    violations = [one for one in check(history) if not any(name in one.where for name in lost)]
    return Result(
        fault=name,
        seed=seed,
        injected={what: sum(hit.what == what for hit in world.hits) for what in {hit.what: None for hit in world.hits}},
        commands=len(history.commands),
        acked=len({key for key, _, _ in history.answers}),
        acked_meanwhile=len(
            {key for key, _, at_ in history.answers if any(h.began < at_ < h.ended for h in world.hits)}
        ),
        counts={kind.value: sum(violation.kind is kind for violation in violations) for kind in Kind},
        fenced=world.fleet.logged("fenced"),
        repeated_records=len(history.records) - len({record.id for record in history.records}),
        refused={str(code): history.refused.count(code) for code in sorted(set(history.refused))},
        recovery_s=_recovery(world.hits, history),
        rested=rested,
        first_violations=_shown(violations),
        seen={**world.seen, **after.of_later_types(history)},
    )


def _lost_states(world: World, history: History) -> set[str]:
    """Marks and keys of commands that were answered by a database that is gone, and whose state went with it.

    Their events are on the topic, and are judged there; what was answered after the return must be whole.
    """
    kept = {effect.entry for effects in history.asking.said.values() for effect in effects}
    answered = {key for key, _, at_ in history.answers if at_ < world.went_back_at}
    lost = [one for one in history.commands if one.key in answered and one.mark not in kept]
    return {name for one in lost for name in (one.key, one.mark)}


def _shown(violations: list[Violation]) -> list[str]:
    return [f"{violation.kind}: {violation.where}" for violation in violations[:8]]


def _recovery(hits: list[Hit], history: History) -> dict[str, float]:
    """Seconds from the end of each fault to the first effect, in the second service, of a command sent after it."""
    sent = {command.mark: command.at for command in history.commands}
    effects = sorted(
        (effect.at, sent.get(effect.entry.rpartition(" ")[2], 0.0))
        for each in history.echo.heard.values()
        for effect in each
    )
    found = []
    for hit in hits:
        since = [at_ - hit.ended for at_, asked in effects if asked >= hit.ended]
        found += since[:1]
    if not found:
        return {}
    return {"median": round(statistics.median(found), 2), "most": round(max(found), 2)}
