"""The command as its users meet it: help with examples, exit codes, one sentence for what is wrong, JSON when asked."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from aiokafka.errors import AuthenticationFailedError

from carebus.cli import main
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.databases import fresh_database, migrations_of

ROOT = Path(__file__).parents[3]
COMMANDS = ("status", "parked", "trace", "reconcile", "rebuild", "replay", "topics", "protocols", "migrate", "schemas")
LEAVES = (
    *(("parked", one) for one in ("list", "show", "retry", "discard")),
    *(("topics", one) for one in ("create", "check")),
    *(("protocols", one) for one in ("check", "diff")),
    *((one,) for one in COMMANDS if one not in {"parked", "topics", "protocols"}),
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_command_says_what_it_does_and_its_examples_can_be_understood(
    carebus: Carebus, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await carebus(command, "--help")
    assert ended.code == 0
    told = ended.out.partition("example")[2].partition(":\n")[2].strip().splitlines()
    assert told
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "CAREBUS_SERVICES"):
        monkeypatch.delenv(name, raising=False)
    for line in told:
        words = [word for word in shlex.split(line) if not word.startswith("DATABASE_URL=")]
        assert words[:2] == ["carebus", command]
        assert (await carebus(*words[1:], "--help")).code == 0


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
async def test_each_command_can_answer_in_json(carebus: Carebus, words: tuple[str, ...]) -> None:
    assert "--json" in (await carebus(*words, "--help")).out


async def test_wrong_usage_is_exit_code_2(carebus: Carebus) -> None:
    assert (await carebus()).code == 2
    assert (await carebus("rebuild")).code == 2
    assert (await carebus("replay", "outcomes", "--from", "yesterday")).code == 2


async def test_what_is_missing_is_said_in_one_sentence_and_is_wrong_usage(
    carebus: Carebus, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    ended = await carebus("rebuild", "outcomes")
    assert (ended.code, ended.err) == (2, "carebus: Set the environment variable DATABASE_URL first.\n")
    assert (await carebus("replay", "nobody")).err.startswith("carebus: ")
    async with fresh_database(postgres_url, "referral", migrations_of("referral")) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        ended = await carebus("rebuild", "outcomes")
        assert (ended.code, "is not the database of outcomes" in ended.err) == (1, True)
        ended = await carebus("topics", "check")
        assert (ended.code, ended.err.count("\n")) == (1, 1)


def test_a_login_that_the_broker_refuses_is_named_with_its_place_and_role(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> int:
        raise AuthenticationFailedError("secret")

    monkeypatch.setattr("carebus.cli.topics._check", refused)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker.example:9093")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "carebus-operator")
    assert main(["topics", "check"]) == 1
    said = capsys.readouterr().err
    assert said == "carebus: the broker at broker.example:9093 refuses the login of carebus-operator\n"


def test_who_stops_it_is_told_that_nothing_is_half_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("carebus.cli.rebuild._rebuild", stopped)
    assert main(["rebuild", SERVICE]) == 130
    assert "run it again to go on" in capsys.readouterr().err


def test_the_installed_command_finds_the_services_where_one_stands(postgres_url: str, tmp_path: Path) -> None:
    declared = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text())["project"]["scripts"]["carebus"]
    module, _, name = declared.partition(":")
    start = f"import sys; sys.path.pop(0); sys.path.insert(0, {str(ROOT / 'shared')!r})\nfrom {module} import {name}"
    script = tmp_path / "carebus"
    script.write_text(f"{start}\nsys.exit({name}())\n")

    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, str(script), "migrate", "outcomes", "--json"]
        told = {"DATABASE_URL": postgres_url.rpartition("/")[0] + "/nothing_here", "PATH": ""}
        return subprocess.run(words, cwd=folder, env=told, capture_output=True, text=True, check=False)

    assert "no package services.outcomes can be found" in run(tmp_path).stderr
    assert "the database, the broker or a file can't be used" in run(ROOT).stderr


async def test_building_commands_answer_in_json_too(carebus: Carebus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert json.loads((await carebus("schemas", "--check", "--json")).out) == {"not_up_to_date": [], "breaking": []}
