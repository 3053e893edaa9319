"""What the pages on the API, FHIR and lists tell a sender to do is done with their own words, against a real server."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebus.testing import people
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.browser.on_bench import Served, served
from tests.docs.pages import ROOT, blocks, said_to_be
from tests.referral import acting
from tests.referral.lists import worked

API = ROOT / "docs" / "how-to" / "refer-by-api.md"
FHIR = ROOT / "docs" / "how-to" / "refer-by-fhir.md"
PROGRAM = acting.program("Elm Street Cardiology")
LISTS = ROOT / "docs" / "how-to" / "upload-referrals.md"


@pytest.fixture
def referral(postgres_url: str, tmp_path: Path) -> Iterator[Served]:
    with served(lambda: service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=tmp_path)) as one:
        yield one


def do(folder: Path, command: str, **told: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "no_proxy": "*", "TOKEN": PROGRAM, "OFFICE": people.everybody(), **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_system_refers_by_the_api_as_the_page_says(referral: Served, tmp_path: Path) -> None:
    (tmp_path / "referral.json").write_text(said_to_be(API, "file: ")["referral.json"])
    steps = [block.text for block in blocks(API) if block.language == "sh"]
    first, again, back = [json.loads(do(tmp_path, step, REFERRAL=referral.address)) for step in steps]
    assert (first["became"], again["became"], again["waits"], back["became"]) == (
        "received",
        "amended",
        [],
        "amended",
    )
    assert first["referral_id"] == again["referral_id"] == back["referral_id"]
    assert back["status"] == "cancelled"


def test_a_system_refers_by_fhir_as_the_page_says(referral: Served, tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text(said_to_be(FHIR, "file: ")["bundle.json"])
    send, ask = [block.text for block in blocks(FHIR) if block.language == "sh"]
    first, again = [json.loads(do(tmp_path, send, REFERRAL=referral.address)) for _ in range(2)]
    assert first["type"] == "transaction-response"
    found = json.loads(do(tmp_path, ask, REFERRAL=referral.address))
    (task,) = (each["resource"] for each in found["entry"])
    assert task["id"] in json.dumps(first)
    assert task["id"] in json.dumps(again)
    assert (task["status"], task["priority"]) == ("requested", "urgent")


def test_a_plan_uploads_a_list_as_the_page_says(referral: Served, tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text(said_to_be(LISTS, "file: ")["members.csv"])
    send, look, confirm, take = [block.text for block in blocks(LISTS) if block.language == "sh"]
    do(tmp_path, send, REFERRAL=referral.address)
    told = {"REFERRAL": referral.address, "UPLOAD": json.loads((tmp_path / "upload.json").read_text())["upload_id"]}
    referral.do(worked)
    assert json.loads(do(tmp_path, look, **told))["stage"] == "checked"
    problems = list(csv.reader((tmp_path / "problems.csv").read_text().splitlines()))
    assert problems[1:] == [["3", "DOB", "Give a date such as 1941-05-06 or 5/6/1941.", "", "M002"]]
    do(tmp_path, confirm, **told)
    referral.do(worked)
    verdicts = [line.split(",")[1] for line in do(tmp_path, take, **told).splitlines()]
    assert verdicts == ["verdict", "received", "wrong", "received"]
