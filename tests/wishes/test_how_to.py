"""The page about keeping documents says what works."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from pathlib import Path
from uuid import UUID

import uvicorn

from carebus.testing import Bench, people
from services.wishes.settings import Settings
from services.wishes.store.sealing import Bound, Seal
from tests.bearing import Bearing
from tests.docs.pages import ROOT, blocks
from tests.wishes import papers
from tests.wishes.people import stands, taken_on

SERVERS = {"DATABASE_URL": "postgresql://x", "KAFKA_BOOTSTRAP_SERVERS": "x:1"}
PAGE = ROOT / "docs" / "how-to" / "keep-documents.md"


def command(of: str) -> str:
    """The page's command that this test is named for."""
    return next(block.text for block in blocks(PAGE) if block.said.endswith(of))


def test_the_key_of_the_page_seals_documents() -> None:
    made = [
        subprocess.run(["bash", "-c", command("seals_documents")], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    new, old = (Settings.model_validate({**SERVERS, "document_keys": one.strip()}).keys for one in made)
    assert [*new] == ["2026-12"]
    assert new != old
    bound = Bound(UUID(int=1), UUID(int=2))
    sealed = Seal(old).close(b"paper", bound)._replace(key_id="2026-11")
    rotated = Seal({"2026-12": new["2026-12"], "2026-11": old["2026-12"]})
    assert rotated.open(sealed, bound) == b"paper"
    assert rotated.close(b"paper", bound).key_id == "2026-12"


async def test_a_document_is_filed_as_the_page_says(wishes: Bench, tmp_path: Path) -> None:
    patient = await taken_on(wishes)
    (tmp_path / "order.pdf").write_bytes(papers.pdf())
    for _ in range(2):
        assert await filed(wishes, patient, tmp_path) == 0
    told = await stands(wishes, patient)
    assert [one["kind"] for one in told["documents"]] == ["dnr_order"]
    assert [one["known"][0]["statement"]["choice"] for one in told["topics"]] == ["no_cpr"]


async def filed(wishes: Bench, patient: UUID, folder: Path) -> int:
    """What the page's command comes to against this service."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()  # what connects before the server is ready waits
        server = uvicorn.Server(uvicorn.Config(Bearing(wishes.service), log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        told = {**os.environ, "WISHES": url, "PATIENT": str(patient), "TOKEN": people.everybody(), "NO_PROXY": "*"}
        words = ("bash", "-euo", "pipefail", "-c", command("filed_as_the_page_says"))
        ran = await asyncio.create_subprocess_exec(*words, cwd=folder, env=told)
        code = await ran.wait()
        server.should_exit = True
        await serving
    return code
