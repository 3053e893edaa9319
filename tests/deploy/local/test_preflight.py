"""What stands in the way of a run is said in one sentence before anything starts."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.failures import NoDiskSpace
from deploy.local.options import (
    PORTS,
    SERVICES,
    NoSuchService,
    NotANumber,
    Options,
    UnknownChoice,
    found_services,
    variable,
)
from deploy.local.preflight import AlreadyRunning, BrokerUnreachable, PortTaken, require_broker, require_ports, sole_run
from deploy.local.process import free_port
from deploy.local.run import sentence

ROOT = Path(__file__).parents[3]
PAGE = "http://127.0.0.1:8100"


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_second_run_in_a_folder_is_refused_while_the_first_lasts(tmp_path: Path) -> None:
    with sole_run(tmp_path, PAGE):
        again = subprocess.run(
            [sys.executable, "-m", "deploy.local"],
            cwd=ROOT,
            env={"CAREBUS_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert again.returncode == 1
    assert again.stderr.startswith("Carebus already runs in this folder (process ")
    assert again.stderr.count("\n") == 1
    with sole_run(tmp_path, PAGE):
        pass


def test_the_lock_names_the_process_that_holds_it(tmp_path: Path) -> None:
    holds = "import sys, time; from pathlib import Path; from deploy.local.preflight import sole_run\n"
    holds += "with sole_run(Path(sys.argv[1]), ''): print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", holds, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"), sole_run(tmp_path, PAGE):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with sole_run(tmp_path, PAGE):
        pass


def test_a_port_in_use_is_named_with_its_purpose_and_its_variable(listener: int) -> None:
    options = Options(ports={**PORTS, "referral": listener})
    with pytest.raises(PortTaken) as taken:
        require_ports(options, ["referral"], parting_s=0)
    assert str(taken.value) == (
        f"The referral service needs port {listener}, which another program uses: "
        "stop that program, or set CAREBUS_REFERRAL_PORT to a port that is free."
    )


def test_free_ports_are_no_obstacle() -> None:
    require_ports(Options(ports={"portal": free_port()}), ["portal"], parting_s=0)


def test_a_broker_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(BrokerUnreachable, match="KAFKA_BOOTSTRAP_SERVERS"):
        require_broker(f"127.0.0.1:{free_port()}")


def test_one_broker_that_answers_is_enough(listener: int) -> None:
    require_broker(f"127.0.0.1:{free_port()}, 127.0.0.1:{listener}")


@pytest.mark.parametrize("text", ["", "nowhere", "host:port"])
def test_an_address_that_can_not_be_read_is_one_sentence(text: str) -> None:
    with pytest.raises(BrokerUnreachable):
        require_broker(text)


def test_every_message_is_one_line() -> None:
    assert "\n" not in sentence(BrokerUnreachable("a:1", "refused"))
    assert "\n" not in sentence(NoDiskSpace(Path("x"), 1, 2))


def test_without_settings_a_run_feeds_the_sample_and_stays_up() -> None:
    options = Options.read({})
    assert (options.feed, options.until_done, options.summary) == ("sample", False, None)
    assert options.ports == PORTS
    assert len(set(PORTS.values())) == len(PORTS)


def test_a_service_that_was_added_runs_too_on_a_port_of_its_own(tmp_path: Path) -> None:
    for name in ("outcomes", "check_in", "referral", "care_plan", "notifications", "after_care"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__main__.py").touch()
    (tmp_path / "no_service").mkdir()
    assert found_services(tmp_path) == (*SERVICES, "after_care", "check_in")
    assert found_services() == Options.read({"SERVICE": "care_plan"}).services
    assert Options.read({"SERVICE": "care_plan"}).edited == "care_plan"
    assert Options.read({"PROVIDER": "keycloak"}).provider == "keycloak"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    told = {"FEED": "none", "UNTIL": "done", "DAY": "0.5", "SUMMARY": "out.json", "CAREBUS_DATA": str(tmp_path)}
    options = Options.read(
        {**told, variable("care_plan"): "9000", "DATABASE_URL": "", "KAFKA_BOOTSTRAP_SERVERS": "b:1"}
    )
    assert replace(options, summary=None, ports={}) == Options(
        feed="none", until_done=True, day_s=0.5, data=tmp_path, ports={}, bootstrap="b:1"
    )
    assert options.summary == Path("out.json").absolute()
    assert options.ports["care_plan"] == 9000


def test_a_run_may_have_fewer_services() -> None:
    assert Options.read({"SERVICES": "care_plan, referral"}).services == ("referral", "care_plan")
    assert Options.read({"SERVICES": ""}).services == found_services()


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"FEED": "all"}, UnknownChoice),
        ({"UNTIL": "dawn"}, UnknownChoice),
        ({"PROVIDER": "entra"}, UnknownChoice),
        ({"DAY": "soon"}, NotANumber),
        ({"DAY": "0"}, NotANumber),
        ({"DAY": "nan"}, NotANumber),
        ({"SERVICE": "care-plan"}, NoSuchService),
        ({"SERVICE": "line", "SERVICES": "referral"}, NoSuchService),
        ({"SERVICES": "referral,nobody"}, NoSuchService),
        ({"CAREBUS_MAIL_PORT": "smtp"}, NotANumber),
        ({"CAREBUS_MAIL_PORT": "70000"}, NotANumber),
    ],
)
def test_a_wrong_setting_is_named(told: dict[str, str], wrong: type[Exception]) -> None:
    with pytest.raises(wrong, match=next(iter(told))):
        Options.read(told)
