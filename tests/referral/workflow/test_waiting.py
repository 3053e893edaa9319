"""What waits in the referral service is in the metrics: open referrals with what is due next, calls of webhooks."""

from __future__ import annotations

from datetime import timedelta

from carebus.testing import Bench, set_clock
from tests.referral.samples import body


async def metrics(clinic: Bench) -> dict[str, float]:
    """The gauges of what waits, by kind."""
    await clinic.service._measure()
    told = (await clinic.operators.get("/metrics")).text.splitlines()
    pairs = [line.rpartition(" ") for line in told if line.startswith(("carebus_waiting", "carebus_late"))]
    return {
        f"{name.partition('{')[0].removeprefix('carebus_')} {name.split('of=')[1].split(chr(34))[1]}": float(value)
        for name, _, value in pairs
    }


async def test_an_open_referral_waits_and_is_late_when_what_is_due_next_was_not_done(clinic: Bench) -> None:
    assert (await clinic.command("/api/referrals", body())).status_code == 201
    fresh = await metrics(clinic)
    assert (fresh["waiting referrals"], fresh["late referrals"]) == (1, 0)
    set_clock(clinic.clock_file, clinic.now() + timedelta(days=60))
    late = await metrics(clinic)
    assert (late["waiting referrals"], late["late referrals"]) == (1, 1)
    assert late["waiting_age_seconds referrals"] >= 60 * 86_400


async def test_no_call_waits_where_there_is_no_webhook(clinic: Bench) -> None:
    found = await metrics(clinic)
    assert (found["waiting webhooks"], found["waiting_age_seconds webhooks"]) == (0, 0)
