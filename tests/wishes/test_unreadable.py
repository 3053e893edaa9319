"""What documents hold is found in no dump of the database, no log, no event and no address."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from carebus.testing import Bench
from deploy.local.postgres import programs
from services.wishes.channels.files.drawing import draw
from services.wishes.domain.documents.files import MediaType
from tests.databases import at
from tests.wishes import papers
from tests.wishes.people import filed, filed_one, taken_on

SECRET = "Quuxdottir wants no machines"
NAME = "advance-directive-of-quuxdottir.pdf"


def _dump(url: str, file: Path) -> bytes:
    subprocess.run([programs() / "pg_dump", f"--file={file}", url], check=True)
    return file.read_bytes()


async def test_neither_a_documents_words_nor_its_bytes_or_pictures_are_in_a_dump_or_a_log(
    wishes: Bench, postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = await taken_on(wishes)
    paper = papers.pdf(3, says=SECRET, compressed=False)
    assert SECRET.encode() in paper
    document = await filed_one(wishes, patient, content=paper, says={"cpr": "no_cpr"})
    for path in ("", "/pages/1", "/pages/3", "/print", "/original"):
        await wishes.http.get(f"{document['path']}{path}")
    await filed(wishes, patient, content=papers.pdf(2, says=SECRET, password="x"))
    await filed(wishes, patient, content=paper[: len(paper) // 2])

    async with wishes.service.core.database.connection() as db:
        name = await db.fetchval("select current_database()")
    dumped = await asyncio.to_thread(_dump, at(postgres_url, name), tmp_path / "dump.sql")
    drawn = await draw(paper, MediaType.PDF, 1, 1)
    assert b"COPY" in dumped
    assert b"no_cpr" in dumped, "what is ordered is kept to be counted and told: as a code, in a column of its own"
    for secret in (SECRET.encode(), paper[:40], paper[-200:-100], drawn.images[0][200:240]):
        assert secret not in dumped
        assert secret.hex().encode() not in dumped

    logged = capsys.readouterr()
    for word in ("Quuxdottir", "machines", NAME, "Núñez"):
        assert word not in logged.out + logged.err
    for told in await wishes.all_published():
        assert "machines" not in told.event.model_dump_json()
