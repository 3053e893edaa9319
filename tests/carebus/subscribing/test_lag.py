"""What a service says of how far behind it is, and of what it passes over, before and after others take partitions."""

from __future__ import annotations

from aiokafka.structs import TopicPartition
from prometheus_client import generate_latest

from carebus.service import Service
from tests.carebus.wires import Wire

ONE, OTHER = TopicPartition("patient.events", 0), TopicPartition("patient.events", 1)


def told(service: Service) -> str:
    return generate_latest(service.core.metrics.registry).decode()


async def test_the_lag_of_a_partition_that_another_process_has_now_is_told_no_more(on_wire: Wire) -> None:
    service = on_wire.service()
    subscriber, metrics = service.subscriber, service.core.metrics
    await subscriber.on_partitions_assigned([ONE, OTHER])
    for part in (ONE, OTHER):
        metrics.put(metrics.lag_events, 40, part.topic, str(part.partition))
    metrics.put(metrics.lag_seconds, 75)
    subscriber.lag, subscriber.lag_seconds = 80, 75.0
    await subscriber.on_partitions_revoked([ONE, OTHER])
    await subscriber.on_partitions_assigned([])
    assert "carebus_lag_events{" not in told(service)
    assert 'carebus_lag_seconds{service="tally"} 0.0' in told(service)
    assert (subscriber.lag, subscriber.lag_seconds) == (0, 0)


async def test_what_is_not_heard_counts_from_nought_so_that_its_first_one_is_a_rise(on_wire: Wire) -> None:
    lines = [line for line in told(on_wire.service()).splitlines() if line.startswith("carebus_passed_over_total{")]
    assert any('type="ReferralDeadlineBreached"' in line and line.endswith(" 0.0") for line in lines)
