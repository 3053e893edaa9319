"""The page for referrers' developers: its commands and its program do what it says."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from carebus.testing import Bench, people
from services.referral.settings import Settings
from tests.bearing import Bearing
from tests.docs.pages import blocks, said_to_be
from tests.referral.following import following, referred
from tests.referral.hooks import ELM, FAST, calling, listed, refers, until
from tests.referral.receiver import ROOT

PAGE = ROOT / "docs" / "how-to" / "hear-about-your-referrals.md"


@contextmanager
def program(folder: Path, port: int, secret: str) -> Iterator[Path]:
    """The page's program as a process; gives the file of what it prints."""
    file, printed = folder / "hear.py", folder / "printed"
    file.write_text(said_to_be(PAGE, "file: ")["hear.py"])
    with printed.open("w") as out:
        given = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": secret}
        process = subprocess.Popen([sys.executable, file.name], cwd=folder, env=given, stdout=out, stderr=out)
        try:
            yield printed
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


async def test_a_webhook_is_registered_as_the_page_says(postgres_url: str, tmp_path: Path) -> None:
    command = next(block.text for block in blocks(PAGE) if "my-first-webhook" in block.text)
    async with following(postgres_url, tmp_path) as office:
        await referred(office)
        answers = [await over_http(office, command) for _ in range(2)]
        assert answers[0] == answers[1]
        assert answers[0]["secret"].startswith("whsec_")
        assert (await listed(office))["url"] == "https://systems.example.org/referrals"


async def over_http(office: Bench, command: str) -> dict[str, str]:
    """What the page's command prints against this service."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()  # what connects before the server is ready waits
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(Bearing(office.service), log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        given = {
            **os.environ,
            "CAREBUS_URL": url,
            "ORGANIZATION": str(ELM),
            "TOKEN": people.everybody(),
            "NO_PROXY": "*",
        }
        ran = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", command, env=given, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await ran.communicate()
        server.should_exit = True
        await serving
    assert ran.returncode == 0
    told: dict[str, str] = json.loads(out)
    return told


async def test_the_program_of_the_page_hears_each_change_once_and_refuses_what_is_not_signed(
    postgres_url: str, tmp_path: Path
) -> None:
    port = free_port()
    async with following(postgres_url, tmp_path, **FAST) as office:
        await refers(office, "Before")
        await office.passes(seconds=1)
        url = f"http://127.0.0.1:{port}/"
        made = (await office.command(f"/api/organizations/{ELM}/webhooks", {"url": url})).json()
        told = await referred(office)
        with program(tmp_path, port, made["secret"]) as printed:
            async with calling(office):

                async def heard() -> bool:
                    return bool((await listed(office))["waiting"] == 0)

                await until(heard)
            async with office.service.core.database.connection() as db:
                await db.execute("update delivery set settled_at = null")
            async with calling(office):
                await until(heard)
            forged = httpx.post(url, content="{}", headers={"webhook-id": "x"}, trust_env=False)
        assert forged.status_code == 401
        lines = [line for line in printed.read_text().splitlines() if "/fhir/Task/" in line]
        assert [line.rpartition("/")[2] for line in lines] == [told["referral_id"]]


def test_the_page_tells_what_is_set() -> None:
    text = PAGE.read_text()
    told = {"webhook_timeout_seconds": "within ten seconds", "webhook_failures": "twenty times in a row"}
    told |= {"webhook_hours": "for three days", "webhook_retry_seconds": "after five seconds"}
    defaults = {"webhook_timeout_seconds": 10, "webhook_failures": 20, "webhook_hours": 72, "webhook_retry_seconds": 5}
    assert {name: Settings.model_fields[name].default for name in told} == defaults
    assert all(words in text for words in told.values())
