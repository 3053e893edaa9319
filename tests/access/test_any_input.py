"""Whatever each role sends to any operation of any service: the answer is never our fault, nor open by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given

from tests.access.policy import ACCOUNT, PUBLIC, promise
from tests.access.test_matrix import OUTSIDER, SERVICES, WHO, bearer
from tests.benches import service_bench
from tests.browser.on_bench import Served, served
from tests.hurrying import hurry
from tests.made_up import the_same_each_time
from tests.referral.acting import SCOPES

EXAMPLES = 3
REFUSED = {401, 403, 404, 429}


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch.setattr)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[tuple[str, Served, Any]]:
    """A service behind a real server, by its name, and what it says of its operations."""
    make, kind, more = SERVICES[request.param]
    given = {"database_url": "postgresql://x/y", "kafka_bootstrap_servers": "x:1", **more}
    said = make(kind.model_validate(given)).app.openapi()
    opened = lambda: service_bench(request.param, make, kind, admin_url=postgres_url, folder=tmp_path, **more)  # noqa: E731
    with served(opened) as one:
        yield request.param, one, schemathesis.openapi.from_dict(said)


def headers_of(who: str) -> dict[str, str]:
    """What somebody brings; a session that there is not, for somebody who has none."""
    return {"Cookie": "none=x", "Authorization": ""} if who == OUTSIDER else bearer(who, *SCOPES.split())


def test_no_operation_answers_any_role_with_a_surprise(service: tuple[str, Served, Any]) -> None:
    name, at, schema = service
    operations = [each.ok() for each in schema.get_all_operations()]
    assert operations
    for operation in operations:
        _try_all(name, at.address, operation)


def _try_all(name: str, address: str, operation: Any) -> None:
    said = promise(name, f"{operation.method.upper()} {operation.path}")

    @the_same_each_time(EXAMPLES)
    @given(case=operation.as_strategy())
    def each(case: Any) -> None:
        for who in WHO:
            answer = case.call(base_url=address, headers=headers_of(who))
            told = f"{who} {operation.method} {operation.path}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code < 500, told
            if said.to not in {PUBLIC, ACCOUNT} and who not in said.to and not (who == "program" and said.scopes):
                assert answer.status_code in REFUSED, told

    each()
