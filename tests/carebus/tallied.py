"""What tests of the tally's commands send and count."""

from typing import Any

from carebus.testing import Bench
from tests.carebus.wires import assessed


def body(mark: str) -> dict[str, Any]:
    return dict(assessed(mark).model_dump(mode="json"))


async def rows(bench: Bench, table: str) -> int:
    async with bench.service.core.database.connection() as db:
        return int(await db.fetchval(f"select count(*) from {table}"))
