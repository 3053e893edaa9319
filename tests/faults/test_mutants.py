"""The fault tests can see: each broken guarantee is noticed by a short run, and for what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import breaking
from tests.faults.checker import Kind
from tests.faults.crashing import Plan
from tests.faults.mutants import MUTANTS
from tests.faults.mutants.reading import BEFORE_CUSTODY
from tests.faults.results import Result
from tests.faults.storm import Scene, play
from tests.faults.worlds import Fault
from tests.servers import Pair, private_pair

CRASHING_S, REST_S = 20.0, 60.0
CALM, CRASHES = 600, 4

NOTICED: dict[str, Kind] = {
    "the_relay_forgets_before_the_ack": Kind.LOST,
    "the_relay_shuffles": Kind.OUT_OF_ORDER,
    "the_relay_reads_by_a_cursor_on_ids": Kind.LOST,
    "two_relays_publish_at_once": Kind.OUT_OF_ORDER,
    "the_relay_goes_on_after_a_failed_send": Kind.OUT_OF_ORDER,
    "marks_are_not_saved": Kind.LOST,
    "repeats_are_taken_for_new": Kind.DUPLICATED,
    "gaps_are_taken_for_next": Kind.LOST,
    "offsets_are_moved_by_anyone": Kind.OFFSET_BACK,
    "offsets_are_committed_before_the_effects": Kind.LOST,
    "the_offsets_of_the_group_count": Kind.LOST,
    "later_events_do_not_wait": Kind.LOST,
    "events_are_parked_after_the_commit": Kind.LOST,
    "parked_events_are_handled_newest_first": Kind.OUT_OF_ORDER,
    "streams_are_not_locked": Kind.DUPLICATED,
    "events_are_told_outside_the_transaction": Kind.DUPLICATED,
    "commands_are_answered_before_their_commit": Kind.LOST,
    "a_repeated_key_is_a_new_command": Kind.DUPLICATED,
    "a_repeated_key_gets_another_answer": Kind.DUPLICATED,
    "timers_are_taken_without_the_lock": Kind.DUPLICATED,
    "timers_are_deleted_after_the_commit": Kind.DUPLICATED,
    "states_are_read_before_the_lock": Kind.LOST,
    "a_log_shows_a_name": Kind.SHOWN,
    "a_header_shows_a_name": Kind.SHOWN,
    "a_rule_shows_a_name": Kind.SHOWN,
}
"""What each mutant breaks; it may break more."""

WINDOWS = {
    "the_relay_forgets_before_the_ack": "relay: forgotten",
    "repeats_are_taken_for_new": "relay: all acknowledged",
    "offsets_are_committed_before_the_effects": "batch: committed",
    "the_offsets_of_the_group_count": "batch: before the commit",
    "events_are_parked_after_the_commit": BEFORE_CUSTODY,
    "events_are_told_outside_the_transaction": "command: saved",
    "commands_are_answered_before_their_commit": "command: before the commit",
    "timers_are_deleted_after_the_commit": "timer: committed",
}
"""Where a process has to die for the break to show; the others show without any fault."""

OTHERS: dict[str, Fault] = {
    "offsets_are_moved_by_anyone": breaking.sleeping_subscribers(3),
    "parked_events_are_handled_newest_first": breaking.mending(),
    "later_events_do_not_wait": breaking.spoiling(2),
    "a_rule_shows_a_name": breaking.spoiling(2),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    """The mutants take turns on one pair: each has databases and topics of its own, and none kills a server."""
    with private_pair() as pair:
        yield pair


@pytest.mark.faults
@pytest.mark.parametrize("mutant", MUTANTS)
async def test_is_noticed(mutant: str, servers: Pair, tmp_path: Path, told: Callable[[Result], Result]) -> None:
    environment, fault = {"CHAIN_MUTANT": mutant}, OTHERS.get(mutant, breaking.nothing(CALM))
    if mutant in WINDOWS:
        plan = Plan([WINDOWS[mutant]], CRASHES, 1, tmp_path / "crashes")
        environment, fault = environment | plan.environment(), breaking.crashes(plan, CRASHING_S, all_of_them=False)
    scene = Scene(servers, tmp_path, environment=environment)
    result = told(await play(scene, f"mutant: {mutant}", fault, 1, rest_s=REST_S))
    assert result.rested, "what is found may be late only"
    assert result.counts[NOTICED[mutant]], result


@pytest.mark.faults
async def test_what_is_published_too_late_is_waited_for(
    servers: Pair, tmp_path: Path, told: Callable[[Result], Result]
) -> None:
    """The counterpart of the mutant that takes gaps for next: the topic is out of order, and no effect is."""
    scene = Scene(servers, tmp_path, environment={"CHAIN_MUTANT": "the_relay_goes_on_after_a_failed_send"})
    result = told(await play(scene, "late events, gaps waited for", breaking.mending(), 1, rest_s=REST_S))
    assert result.rested, "something stays in custody"
    assert result.counts[Kind.GAP]
    assert not result.counts[Kind.LOST] + result.counts[Kind.DUPLICATED], result
