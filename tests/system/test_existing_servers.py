"""A run on servers that exist already starts none of its own and leaves them running."""

from __future__ import annotations

import json
from pathlib import Path

from tests.runner import Runner
from tests.servers import Pair, server_folder


def test_a_run_uses_the_kafka_and_postgresql_it_is_told_of(own_servers: Pair, tmp_path: Path) -> None:
    with server_folder() as data:
        runner, summary = Runner(data), tmp_path / "summary.json"
        existing = {
            "DATABASE_URL": own_servers.postgres.url,
            "KAFKA_BOOTSTRAP_SERVERS": own_servers.kafka.bootstrap,
        }
        runner.start(FEED="none", UNTIL="done", SUMMARY=str(summary), **existing)
        assert runner.ended() == 0, "".join(runner.lines[-40:])
        assert json.loads(summary.read_text())["ok"]
        assert not (data / "postgres").exists()
        assert not (data / "kafka").exists()
        assert runner.left() == []
    assert own_servers.postgres.running
    assert own_servers.kafka.running
