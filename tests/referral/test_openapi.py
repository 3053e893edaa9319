"""Whatever is sent to any operation of the API, the answer is one that the service means, never a surprise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.browser.on_bench import Served, served
from tests.made_up import the_same_each_time
from tests.referral.lists import checked, lines, member
from tests.referral.samples import body

EXAMPLES = 12
PROBLEMS = {"application/problem+json", "application/fhir+json"}


@pytest.fixture(scope="module")
def referral(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("openapi")
    with served(lambda: service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=folder)) as one:
        yield one


@pytest.fixture(scope="module")
def known(referral: Served) -> dict[str, str]:
    """Ids that lead somewhere, by the name of their parameter."""
    found: dict[str, str] = {}

    async def make(clinic: Bench) -> None:
        found["referral_id"] = (await clinic.command("/api/referrals", body())).json()["referral_id"]
        found["upload_id"] = (await checked(clinic, lines([member(1), member(2, DOB="")])))["upload_id"]

    referral.do(make)
    return found


@pytest.fixture(scope="module")
def document(referral: Served) -> dict[str, Any]:
    """What operators are given to know the API by."""
    found: dict[str, Any] = {}

    async def ask(clinic: Bench) -> None:
        found.update((await clinic.operators.get("/openapi.json")).json())

    referral.do(ask)
    return found


def test_no_operation_ever_answers_with_a_surprise(
    referral: Served, document: dict[str, Any], known: dict[str, str]
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    operations: list[Any] = [each.ok() for each in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 15
    for operation in operations:
        _try_all(operation, known, referral.address)


def _try_all(operation: Any, known: dict[str, str], address: str) -> None:
    """Some dozen requests to one operation, the same ones each time; every other leads to what is there."""

    @the_same_each_time(EXAMPLES)
    @given(case=operation.as_strategy(), there=st.booleans())
    def each(case: Any, there: bool) -> None:
        if there:
            case.path_parameters = {
                **case.path_parameters,
                **{k: v for k, v in known.items() if k in case.path_parameters},
            }
        answer = case.call(base_url=address)
        said = f"{operation.method} {operation.path}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, said
        kind = (answer.headers.get("content-type") or [""])[0].partition(";")[0]
        assert answer.status_code < 400 or kind in PROBLEMS, said

    each()
