"""One process after another in the same place: each is forked with all its imports done, and ends at a crash point."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable

from tests.faults.crashing import moments
from tests.faults.crashing.plan import SELDOM, Plan
from tests.faults.crashing.planting import plant

PR_SET_PDEATHSIG = 1
POINTS_OF_A_LIFE = 4


def lead_lives(plan: Plan, service: str, does: str, run: Callable[[], None]) -> None:
    """Run again and again, each time until a crash point; for good once every point was hit often enough."""
    plant()
    dice = random.Random(f"{plan.seed}/{service}/{does}")
    while True:
        wanted = plan.wanted_of(service, does)
        points = dice.sample(wanted, min(POINTS_OF_A_LIFE, len(wanted)))
        passes = {point: 1 if point in SELDOM else dice.randint(1, plan.most) for point in points}
        child = os.fork()
        if child == 0:
            _live(plan, passes, run)
        _, status = os.waitpid(child, 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"a life ended by itself: {status}")


def _live(plan: Plan, passes: dict[str, int], run: Callable[[], None]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    moments.arm(plan.file, passes)
    try:
        run()
    except BaseException:  # noqa: BLE001  # whatever it is, the process must not go on as its own parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(1)
