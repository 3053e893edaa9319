"""Clients that send commands until they are answered, and write down each before it is sent and after its answer."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

RETRY_S = 0.1
LAST_TRIES_S = 60.0


@dataclass
class Ledger:
    """A file of what clients know: a line before a command is sent, a line after it was answered."""

    file: Path

    def write(self, **line: Any) -> None:
        with self.file.open("a") as lines:
            lines.write(json.dumps({**line, "at": time.time()}) + "\n")


@dataclass
class Client:
    """One client with patients of its own: the next command of a patient is sent when the one before is answered."""

    number: int
    url: str
    ledger: Ledger
    canary: str
    seed: int
    more_urls: Sequence[str] = ()
    pace_s: float = 0.03
    _dice: random.Random = field(init=False)
    _turn: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}/{self.number}")
        self._turn = self.number

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; the command under way then is tried for a while yet."""
        async with httpx.AsyncClient(timeout=15, trust_env=False, verify=False) as http:
            while not stop.is_set():
                patient = UUID(int=self._dice.getrandbits(128), version=4)
                spoiled = self._dice.randint(2, 300)
                for n in range(1, self._dice.randint(4, 16)):
                    if not stop.is_set():
                        await self._command(http, patient, stop, spoils=n == spoiled)
                        await asyncio.sleep(self._dice.uniform(0, 2 * self.pace_s))

    async def _command(self, http: httpx.AsyncClient, patient: UUID, stop: asyncio.Event, *, spoils: bool) -> None:
        mark, key = (UUID(int=self._dice.getrandbits(128), version=4) for _ in range(2))
        body = {"mark": str(mark), "name": f"{self.canary}{mark.hex[:6]}", "spoils": spoils}
        self.ledger.write(
            do="intent", client=self.number, key=str(key), stream=f"patient/{patient}", mark=str(mark), spoils=spoils
        )
        deadline: float | None = None
        while not await self._answered(http, patient, str(key), body):
            if stop.is_set():
                deadline = deadline or time.monotonic() + LAST_TRIES_S
                if time.monotonic() > deadline:
                    return
            await asyncio.sleep(RETRY_S)
        if self._dice.random() < 0.05:  # as a client does whose answer was lost on the way
            await self._answered(http, patient, str(key), body)

    @property
    def _door(self) -> str:
        """Where to send: another process of the same service after every try that was not answered as it should."""
        doors = [self.url, *self.more_urls]
        return doors[self._turn % len(doors)]

    async def _answered(self, http: httpx.AsyncClient, patient: UUID, key: str, body: dict[str, Any]) -> bool:
        try:
            answer = await http.post(f"{self._door}/api/{patient}/say", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            self.ledger.write(do="unanswered", key=key)
            self._turn += 1
            return False
        if answer.status_code == 201:
            self.ledger.write(do="ack", key=key, answer=answer.json())
            return True
        self.ledger.write(do="refused", key=key, status=answer.status_code)
        self._turn += 1
        return False
