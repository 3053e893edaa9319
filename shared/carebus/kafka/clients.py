"""What clients know of brokers and topics: where those that are made anew look first, and how old it may get."""

from collections.abc import Sequence
from typing import Any

METADATA_AGE_MS = 30_000
"""How old a client's picture of brokers and topics may get: a topic that is made again is not seen before."""


class Brokers:
    """The brokers of the setting, and those that clients learned of: one that is named may be gone for good."""

    def __init__(self, named: Sequence[str]) -> None:
        self._named = tuple(named)
        self._known: tuple[str, ...] = ()

    def learn(self, client: Any) -> None:
        """Keep the brokers that this client of aiokafka knows now, if it has found any."""
        found = sorted(_place(broker.host, broker.port) for broker in client.cluster.brokers())
        self._known = tuple(found) or self._known

    @property
    def places(self) -> list[str]:
        """Where to look for brokers, the likeliest first."""
        return list(dict.fromkeys((*self._known, *self._named)))


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
