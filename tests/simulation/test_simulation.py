"""Seeded runs of three services on virtual time: no interleaving breaks a promise, and each seed repeats itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.faults import FAULTS, lost_tail
from tests.simulation.mutants import MUTANTS, SHOWN_BY, planted
from tests.simulation.world import Result, simulate

FEW, MANY = 120, int(os.environ.get("SEEDS", "20000"))
FIRST = int(os.environ.get("SEED", "1000000"))
ENOUGH = 300
"""Within so many seeds each mutant must be noticed."""

FAILED_ONCE = [3, 45, 85, 224, 288, 383, 1542, 1824, 1846]
"""Seeds that found something wrong, in the kit or in the simulation, when it was made."""

ROOT = Path(__file__).parents[2]


def again(result: Result) -> str:
    """What to say of a seed that broke a promise, and how to see it again."""
    command = f'SEED={result.seed} SEEDS=1 .venv/bin/pytest tests/simulation -m faults -k "many"'
    return f"seed {result.seed} ({dict(result.faults)}): {result.broken}\nagain: {command}"


def test_a_few_interleavings_break_no_promise_though_every_fault_happens_and_every_defence_is_needed() -> None:
    faults, counts = Counter[str](), Counter[str]()
    for seed in range(FEW):
        result = simulate(seed)
        assert not result.broken, again(result)
        faults += result.faults
        counts += result.counts
    assert {fault.__name__ for fault in FAULTS} == faults.keys()
    wanted = {"fenced", "duplicates", "parked_total", "repairs", "batch_retries", "timers_fired", "relay_errors"}
    assert wanted <= {name for name, times in counts.items() if times}


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_what_failed_once_does_not_fail_again(seed: int) -> None:
    result = simulate(seed)
    assert not result.broken, again(result)


@pytest.mark.parametrize("seed", [*range(12), 17, 28])
def test_a_log_that_loses_its_tail_is_noticed_and_made_whole(seed: int) -> None:
    result = simulate(seed, [lost_tail])
    assert not result.broken, again(result)


def test_a_seed_repeats_its_run_step_by_step() -> None:
    digests = [[simulate(seed).digest for seed in range(7, 17)] for _ in range(2)]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 10, "other seeds are other runs"


def test_a_seed_repeats_its_run_in_another_python() -> None:
    """The order of sets and dicts of texts must not matter."""
    code = "from tests.simulation.world import simulate; print([simulate(seed).digest for seed in range(20, 26)])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": f"{ROOT}:{ROOT}/shared"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(printed) == 1


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_guarantee_is_noticed(mutant: str) -> None:
    always = [SHOWN_BY[mutant]] if mutant in SHOWN_BY else []
    with planted(mutant):
        found = next((seed for seed in range(ENOUGH) if simulate(seed, always).broken), None)
    assert found is not None, f"{ENOUGH} seeds do not notice that {mutant}"


@pytest.mark.faults
def test_no_interleaving_of_many_breaks_a_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """SEEDS=20000 says how many, SEED=1000000 where to begin."""
    faults, counts, steps, began = Counter[str](), Counter[str](), 0, time.process_time()
    broken = []
    for seed in range(FIRST, FIRST + MANY):
        result = simulate(seed)
        faults += result.faults
        counts += result.counts
        steps += result.steps
        broken += [again(result)] if result.broken else []
    minutes = (time.process_time() - began) / 60
    with capsys.disabled():
        print(f"\n{MANY} interleavings from seed {FIRST}, {steps} steps, {MANY / minutes:.0f} in a minute of one core")
        print(f"faults: {dict(faults.most_common())}\nseen: {dict(counts.most_common())}")
    assert not broken, "\n".join(broken[:5])
