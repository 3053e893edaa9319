"""A release takes the place of another and gives it back, process by process, under load and kills: nothing is lost."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from carebus.storage.migrate import MigrationPhase
from tests.faults.breaking import in_turn
from tests.faults.breaking.upgrades import (
    CREW_OF_TWO,
    READERS_FIRST,
    SMALL_CREW,
    WRITERS_FIRST,
    given_back,
    heard_out,
    migrated,
    rolled,
)
from tests.faults.fleet import Crew
from tests.faults.results import Result
from tests.faults.storm import run
from tests.faults.worlds import Fault
from tests.servers import Pair

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("SEED", "1"))
Tell = Callable[[Result], Result]


async def roll(servers: Pair, folder: Path, name: str, *steps: Fault, crew: Crew = CREW_OF_TWO) -> Result:
    """These steps in turn, judged, with what clients and subscribers noticed of them."""
    result = await run(servers, folder, name, in_turn(*steps), SEED, crew=crew)
    result.seen.update(waited(folder / "ledger"))
    result.seen["events handled again"] = handled_again(folder / "logs")
    return result


def waited(ledger: Path) -> dict[str, int]:
    """How clients were served: commands not answered at the first try, and the longest waits in milliseconds."""
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}
    again: set[str] = set()
    for line in map(json.loads, ledger.read_text().splitlines()):
        if line["do"] == "intent":
            asked[line["key"]] = line["at"]
        elif line["do"] == "ack":
            answered.setdefault(line["key"], line["at"])
        elif line["key"] not in answered:
            again.add(line["key"])
    waits = sorted(at - asked[key] for key, at in answered.items())
    pauses = [later - earlier for earlier, later in itertools.pairwise(sorted(answered.values()))]
    return {
        "commands tried again": len(again),
        "ms longest wait for an answer": round(1000 * waits[-1]),
        "ms 99th percentile of waits": round(1000 * waits[len(waits) * 99 // 100]),
        "ms longest time without any answer": round(1000 * max(pauses)),
    }


def handled_again(logs: Path) -> int:
    """How many events came to a subscriber although they had been handled."""
    lines = (line for file in logs.glob("*.out") for line in file.read_text(errors="replace").splitlines())
    return sum(json.loads(line)["repeats"] for line in lines if '"event": "batch_handled"' in line)


@pytest.mark.parametrize("crew", [SMALL_CREW, CREW_OF_TWO], ids=len)
async def test_a_release_is_rolled_out_and_back_under_load_and_kills(
    crew: Crew, own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    """In the order that lets subscribers of the first release meet what only the later one tells."""
    result = told(
        await roll(
            own_servers,
            tmp_path,
            "a release rolled out and back",
            migrated(MigrationPhase.PRE),
            rolled("later", WRITERS_FIRST, kills=2),
            rolled("first", WRITERS_FIRST, kills=2),
            crew=crew,
        )
    )
    assert result.clean, result
    assert result.acked == result.commands
    assert "not drained" not in result.seen
    assert 0 < result.seen["passed over by their own count"] <= passed_over(result)


async def test_a_release_is_finished_given_back_and_rolled_out_again(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    """In the order in which whoever should hear a new type hears all of it."""
    result = told(
        await roll(
            own_servers,
            tmp_path,
            "a release finished, taken back and rolled out again",
            migrated(MigrationPhase.PRE),
            rolled("later", READERS_FIRST, kills=3),
            migrated(MigrationPhase.POST),
            given_back,
            rolled("first", ("api",), kills=1),
            heard_out,
            rolled("first", ("relay", "subscriber"), kills=2),
            rolled("later", READERS_FIRST, kills=3),
            migrated(MigrationPhase.POST),
        )
    )
    assert result.clean, result
    assert result.acked == result.commands
    assert result.seen["events of a new type told"]
    assert passed_over(result) == 0


async def test_whoever_is_asked_to_end_leaves_nothing_to_be_done_twice(
    own_servers: Pair, tmp_path: Path, told: Tell
) -> None:
    result = told(
        await roll(
            own_servers,
            tmp_path,
            "processes asked to end",
            migrated(MigrationPhase.PRE),
            rolled("later", READERS_FIRST),
            rolled("first", WRITERS_FIRST),
        )
    )
    assert result.clean, result
    assert "not drained" not in result.seen
    assert (result.seen["events handled again"], result.repeated_records, result.fenced) == (0, 0, 0)


def passed_over(result: Result) -> int:
    """How many events of the new type any of the two services did not hear."""
    return sum(result.seen[f"of them passed over by {name}"] for name in ("asking", "echo"))
