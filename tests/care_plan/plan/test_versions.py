"""Every version of a plan can be read again, and compared with the one before."""

from __future__ import annotations

from copy import deepcopy
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import PlanOfCare, PlanOwner, PlanProblem
from carebus.testing import Bench
from services.care_plan.domain.plan.comparing import PARTS, differences
from tests.care_plan.plan.test_plan_pages import HTML, rosa, team, whole

__all__ = ["rosa"]

TEXTS = st.dictionaries(st.integers(0, 5), st.sampled_from(["Pain", "Breathlessness", "Worry"]), max_size=5)


def plan(texts: dict[int, str]) -> PlanOfCare:
    """A plan with these problems."""
    owner = PlanOwner(name="Nurse Day")
    return PlanOfCare(
        problems=tuple(PlanProblem(problem_id=UUID(int=n), text=t, owner=owner) for n, t in texts.items())
    )


@given(TEXTS, TEXTS)
def test_the_differences_lead_from_one_version_to_the_other_and_say_nothing_else(
    before: dict[int, str], after: dict[int, str]
) -> None:
    found = {UUID(one.name).int: (one.was, one.now) for one in differences(plan(before), plan(after))}
    ids = before.keys() | after.keys()
    assert found == {n: (before.get(n), after.get(n)) for n in ids if before.get(n) != after.get(n)}


def test_every_part_of_a_plan_is_compared() -> None:
    assert PARTS.keys() == PlanOfCare.model_fields.keys()


async def test_earlier_versions_are_read_with_what_changed_since(care_plan: Bench, rosa: UUID) -> None:
    at, page = f"/api/patients/{rosa}/plan", f"/patients/{rosa}/plan"
    first = whole(*team())
    await care_plan.command(f"{at}/revise", {"based_on": 1, "plan": first})
    await care_plan.command(f"{at}/approve", {"version": 2})
    second = deepcopy(first)
    second["problems"][0]["text"] = "Pain at night"
    del second["interventions"][0]
    await care_plan.command(f"{at}/revise", {"based_on": 2, "plan": second, "reason_text": "Slept badly."})

    stands = (await care_plan.http.get(page, headers=HTML)).text
    assert f"{page}/versions/2" in stands
    old = (await care_plan.http.get(f"{page}/versions/2", headers=HTML)).text
    assert "Adjust pain medicines" in old
    assert "Approved" in old
    new = (await care_plan.http.get(f"{page}/versions/3", headers=HTML)).text
    assert "What changed since version 2" in new
    for said in ("Pain at night", "Taken out", "Nobody approved it."):
        assert said in new
    for unknown in (1, 9, 10**12):
        assert (await care_plan.http.get(f"{page}/versions/{unknown}", headers=HTML)).status_code == 404
