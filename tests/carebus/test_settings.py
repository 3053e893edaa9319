"""What a service is told by its environment, where that is more than a word."""

from __future__ import annotations

import pytest

from carebus.credentials import BrokersUnnamed
from carebus.settings import Settings


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a service that knows its database."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    return monkeypatch


@pytest.mark.parametrize(
    ("text", "brokers"),
    [
        ("kafka:9092", ("kafka:9092",)),
        (" a:9092, b:9093 ,c:9094,", ("a:9092", "b:9093", "c:9094")),
    ],
)
def test_several_brokers_are_separated_by_commas(text: str, brokers: tuple[str, ...], told: pytest.MonkeyPatch) -> None:
    told.setenv("KAFKA_BOOTSTRAP_SERVERS", text)
    assert Settings().kafka_bootstrap_servers == brokers


@pytest.mark.parametrize("text", ["", " ", " , "])
def test_a_setting_that_names_no_broker_is_refused_by_its_name(text: str, told: pytest.MonkeyPatch) -> None:
    told.setenv("KAFKA_BOOTSTRAP_SERVERS", text)
    with pytest.raises(BrokersUnnamed, match="KAFKA_BOOTSTRAP_SERVERS names no broker"):
        Settings()
