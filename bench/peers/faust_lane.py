"""The lane of Faust: exactly once by Kafka's transactions, a table in memory with a changelog, no database."""

from __future__ import annotations

import logging
import os
import tempfile
from typing import Any

import faust

from bench.work import PARTITIONS, TOLD, TOPIC
from carebus.contracts.care_plan import VisitCompleted


def make(bootstrap: str, prefix: str, folder: str) -> Any:
    """The app. Commits twice a second; the default is every 2.8 seconds."""
    app = faust.App(
        prefix + "faust",
        broker=f"kafka://{bootstrap}",
        processing_guarantee="exactly_once",
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        broker_commit_interval=float(os.environ.get("BENCH_COMMIT_S", "0.5")),
        consumer_auto_offset_reset="earliest",
    )
    raw = {"key_serializer": "raw", "value_serializer": "raw", "key_type": bytes, "value_type": bytes}
    heard = app.topic(prefix + TOPIC, **raw)
    out = app.topic(prefix + "out", **raw)
    seen = app.Table(prefix + "seen", partitions=PARTITIONS)

    async def note_visits(visits: Any) -> None:
        async for event in visits.events():
            esas = VisitCompleted.model_validate_json(event.value).assessments.esas_r
            patient = event.key.decode()
            count, worst = seen.get(patient) or (0, 0)
            seen[patient] = [count + 1, max(worst, (esas.pain if esas else None) or 0)]
            await out.send(key=event.key, value=TOLD, headers=event.headers)

    app.agent(heard)(note_visits)
    return app


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = make(os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ["CAREBUS_TOPIC_PREFIX"], folder)
        faust.Worker(made, loglevel=logging.ERROR).execute_from_commandline()
