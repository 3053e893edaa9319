"""What the runbooks ask of a database is asked of one, as the service's own role would."""

from __future__ import annotations

import re

import asyncpg
import pytest

from tests.databases import fresh_database, migrations_of
from tests.docs.pages import ROOT, blocks

RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
ASKED = [
    pytest.param(question, id=str(block))
    for page in RUNBOOKS
    for block in blocks(page)
    for question in re.findall(r'^psql "\$DATABASE_URL" -c "(.+)"$', block.text, re.MULTILINE)
]


@pytest.mark.parametrize("question", ASKED)
async def test_what_a_runbook_asks_of_a_database_is_answered(question: str, postgres_url: str) -> None:
    async with fresh_database(postgres_url, "care_plan", migrations_of("care_plan")) as url:
        db = await asyncpg.connect(url)
        try:
            await db.fetch(question)
        finally:
            await db.close()
