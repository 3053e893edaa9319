"""The compose file is in step with the services' settings, the topics, the image and the dashboards."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import yaml

import carebus.settings
from carebus.storage.migrate import migrate
from deploy.local.embedded import free_port
from deploy.local.options import SERVICES
from deploy.local.postgres import Postgres
from tests.databases import at, migrations_of
from tests.deploy.observability.prometheus import program
from tests.servers import server_folder

DEPLOY = Path(__file__).parents[2] / "deploy"
PROVISIONED = DEPLOY / "observability" / "provisioned"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: part for name, part in PARTS.items() if "build" in part}


def part_of(service: str) -> dict[str, Any]:
    return PARTS[service.replace("_", "-")]


def settings_of(service: str) -> type[carebus.settings.Settings]:
    kind: type[carebus.settings.Settings] = import_module(f"services.{service}.settings").Settings
    assert issubclass(kind, carebus.settings.Settings)
    return kind


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_gets_the_settings_that_it_reads_and_no_other(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = part_of(service)["environment"]
    kind = settings_of(service)
    known = {field.validation_alias or f"CAREBUS_{name.upper()}" for name, field in kind.model_fields.items()}
    assert set(told) <= known
    for name in known:
        monkeypatch.delenv(str(name), raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    made = kind()
    assert made.kafka_bootstrap_servers == ("kafka:9092",)
    assert urlsplit(made.database_url).path == f"/carebus_{service}"


def test_letters_have_links_that_the_referral_service_knows() -> None:
    referral, notifications = (part_of(service)["environment"] for service in ("referral", "notifications"))
    for name in ("CAREBUS_REFERRAL_URL", "CAREBUS_STATUS_LINK_SECRET"):
        assert referral[name] == notifications[name]
    assert len(referral["CAREBUS_REFERRER_SECRET"]) >= 32


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_when_its_tables_and_the_topics_are_there(service: str) -> None:
    name = service.replace("_", "-")
    jobs = {"topics", f"migrate-{name}"}
    waits = PARTS[name]["depends_on"]
    assert {job for job in jobs if waits[job]["condition"] == "service_completed_successfully"} == jobs
    migrates = PARTS[f"migrate-{name}"]
    assert migrates["entrypoint"][-2:] == ["migrate", service]
    assert migrates["environment"] == {"DATABASE_URL": PARTS[name]["environment"]["DATABASE_URL"]}
    assert {PARTS[name]["build"]["args"]["SERVICE"], migrates["build"]["args"]["SERVICE"]} == {service}


def test_the_partitions_of_the_topics_are_given_and_the_broker_makes_none_by_itself() -> None:
    assert PARTS["topics"]["entrypoint"][3:6] == ["topics", "create", "--partitions"]
    assert PARTS["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize("name", PARTS)
def test_nothing_is_published_beyond_loopback_and_every_image_has_a_version(name: str) -> None:
    part = PARTS[name]
    assert all(port.startswith("127.0.0.1:") for port in part.get("ports", ()))
    if name not in OURS:
        assert re.search(r":v?\d[\w.]*$", part["image"])
        assert part["image"].partition("/")[0] == "docker.io"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_no_more_than_it_needs(service: str) -> None:
    part = part_of(service)
    assert (part["read_only"], part["cap_drop"], part["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert part["security_opt"] == ["no-new-privileges:true"]
    settings = carebus.settings.Settings.model_fields["drain_seconds"]
    assert int(part["stop_grace_period"].removesuffix("s")) >= settings.default + 26


def test_every_file_that_is_mounted_is_there_and_every_volume_is_declared() -> None:
    for part in PARTS.values():
        for volume in part.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_what_waits_waits_for_what_is_there() -> None:
    for part in PARTS.values():
        for other, how in part.get("depends_on", {}).items():
            assert other in PARTS
            assert how["condition"] != "service_healthy" or "healthcheck" in PARTS[other]


def test_prometheus_scrapes_every_service_and_takes_its_configuration(tmp_path: Path) -> None:
    told = yaml.safe_load((PROVISIONED / "prometheus.yaml").read_text())
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in told["scrape_configs"]}
    assert sorted(jobs["carebus"]) == sorted(f"{service.replace('_', '-')}:8001" for service in SERVICES)
    assert {target.partition(":")[0] for targets in jobs.values() for target in targets} <= set(PARTS)
    told["rule_files"] = [str(DEPLOY / "observability" / "rules" / "*.yaml")]
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump(told))
    done = subprocess.run(
        [program("promtool", "prometheus"), "check", "config", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    provided = yaml.safe_load((PROVISIONED / "grafana-dashboards.yaml").read_text())["providers"]
    mounted = dict(volume.split(":")[:2] for volume in PARTS["grafana"]["volumes"])
    assert {provider["options"]["path"] for provider in provided} == {mounted["./observability/dashboards"]}
    (source,) = yaml.safe_load((PROVISIONED / "grafana-source.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"


async def test_the_databases_that_are_made_are_those_that_the_services_work_on() -> None:
    script = (PROVISIONED / "databases.sql").read_text()
    with server_folder() as folder:
        server = Postgres(folder / "postgres", free_port(), fast=True)
        server.start()
        try:
            await run(server.url, script)
            for service in SERVICES:
                url = urlsplit(part_of(service)["environment"]["DATABASE_URL"])
                here = f"postgresql://{url.username}:{url.password}@127.0.0.1:{server.port}{url.path}"
                await migrate(here, migrations_of(service))
        finally:
            server.kill()


async def run(url: str, script: str) -> None:
    db = await asyncpg.connect(at(url, "postgres"))
    try:
        for statement in filter(str.strip, script.split("\n")[1:]):
            await db.execute(statement)
    finally:
        await db.close()
