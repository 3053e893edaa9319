"""Callers, their telephone, nurses of two shifts and clinicians who are paged: each asks again until answered."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from standardwebhooks.webhooks import Webhook

from carebus.access import AccountRole
from carebus.testing import people
from carebus.web.private_links import PrivateLinks
from tests.faults.night.house import PAGES, TELEPHONE, House
from tests.faults.night.ledger import Ledger

EVENING, MORNING = (people.token(AccountRole.NURSE, subject=name) for name in ("evening", "morning"))
STEPS = [
    {"name": "Dr. Ames", "phone": "617 555 0001", "email": "ames@clinic.example"},
    {"name": "June", "phone": "617 555 0002", "email": "june@clinic.example"},
]
RETRY_S, PATIENCE_S = 0.2, 120.0
MOVED_ON = 409
_TOKEN = re.compile(r"/pages/([\w-]+)")
_LINKS = PrivateLinks(PAGES, "")


@dataclass
class Night:
    """Everybody in one: who is on the line changes at `change`."""

    house: House
    dice: Random
    ledger: Ledger
    http: httpx.AsyncClient
    on_duty: str = EVENING
    _wanted: set[str] = field(default_factory=set)
    _read: int = 0

    async def call(self, n: int) -> None:
        """One caller: the telephone tells everything twice and in any order, a nurse does what is to be done."""
        spoken, at = self.dice.random() < 0.9, self.house.clock.now() - timedelta(minutes=2)
        facts = [("ringing", 0), *([("answered", 15)] if spoken else []), ("ended", 60)] * 2
        self.dice.shuffle(facts)
        call = await self._fact(n, at, *facts[0])
        self.ledger.calls[call] = spoken
        rest = asyncio.create_task(self._facts(n, at, facts[1:]))
        if spoken:
            await self._nurse(call)
        await rest

    async def take_mailed_pages(self, stop: asyncio.Event) -> None:
        """Whoever is paged looks at their mail, and takes those pages that are not theirs to miss."""
        while not stop.is_set():
            new, self._read = self.house.mail.taken[self._read :], len(self.house.mail.taken)
            for mail in new:
                await self._read_mail(mail)
            await asyncio.sleep(0.1)

    def wants(self, call: str) -> None:
        """Whoever is paged for this call takes it as soon as they read of it."""
        self._wanted.add(call)

    async def change_shift(self) -> None:
        """The morning nurse comes, and accepts every promise that is open."""
        self.on_duty = MORNING
        await self._form("/presence/arrive", {}, MORNING)
        for call in list((self.ledger.promised - self.ledger.kept).elements()):
            for promise in (await self._of(call))["promises"]:
                if not promise["made_at"]:
                    await self._act(call, "accept-promise", {"promise_id": promise["promise_id"]}, MORNING)

    async def take_what_is_open(self) -> None:
        """At the end somebody takes, on the screen, what nobody took."""
        for call in list((self.ledger.paged - self.ledger.taken).elements()):
            page = (await self._of(call))["page"]
            if page and not page["taken_at"]:
                await self._take_on_screen(call, page["page_id"])

    async def _nurse(self, call: str) -> None:
        me = self.on_duty
        await self._act(call, "take", {"from_other": True}, me)
        if self.dice.random() < 0.4 and await self._act(call, "promise", {"minutes": self.dice.choice([5, 30])}, me):
            self.ledger.promised[call] += 1
        if self.dice.random() < 0.4 and await self._act(call, "page", {"steps": STEPS}, me):
            self.ledger.paged[call] += 1
            if self.dice.random() > 1 / 3:
                self.wants(call)
        await asyncio.sleep(self.dice.uniform(0, 2))
        if self.ledger.promised[call] and self.dice.random() < 0.8:
            await self._call_back(call)

    async def _call_back(self, call: str) -> None:
        for promise in (await self._of(call))["promises"]:
            body = {"promise_id": promise["promise_id"]}
            if not promise["made_at"] and await self._act(call, "call-back", body, self.on_duty):
                self.ledger.kept[call] += 1

    async def _read_mail(self, mail: EmailMessage) -> None:
        link = link_of(mail)
        call = await self._call_of(link) if link else ""
        if link is None or call not in self._wanted:
            return
        status = await self._form(f"/pages/{_LINKS.token(link)}", {"idempotency_key": str(link)}, "")
        if status != MOVED_ON:
            self.ledger.taken[call] += 1
        self._wanted.discard(call)

    async def _call_of(self, link: UUID) -> str:
        """Whose call a link is of; whoever is paged knows by heart."""
        db = await asyncpg.connect(self.house.urls["line"])
        try:
            return str(await db.fetchval("select call_id from page_link where link_id = $1", link))
        finally:
            await db.close()

    async def _take_on_screen(self, call: str, page: str) -> None:
        if await self._act(call, "take-page", {"page_id": page}, MORNING):
            self.ledger.taken[call] += 1

    async def _facts(self, n: int, at: datetime, facts: list[tuple[str, int]]) -> None:
        for fact in facts:
            await self._fact(n, at, *fact)
            await asyncio.sleep(self.dice.uniform(0, 0.3))

    async def _fact(self, n: int, at: datetime, fact: str, second: int) -> str:
        happened = at + timedelta(seconds=second)
        said = {"call_key": f"CA{n}", "fact": fact, "happened_at": happened.isoformat(), "from_number": f"617555{n:04}"}
        body = json.dumps(said)

        def head() -> dict[str, str]:
            now = datetime.now(UTC)
            signature = Webhook(TELEPHONE).sign("m", now, body)
            stamp = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp()))}
            return {**stamp, "webhook-signature": signature, "content-type": "application/json"}

        answer = await self._answered("POST", "/telephone/standard", head, content=body)
        return str(answer.json()["call_id"])

    async def _of(self, call: str) -> dict[str, Any]:
        answer = await self._answered("GET", f"/api/calls/{call}", lambda: people.bearer(MORNING))
        found: dict[str, Any] = answer.json()
        return found

    async def _act(self, call: str, act: str, body: dict[str, Any], nurse: str) -> bool:
        """Whether it was done; what somebody else did before is not."""
        key = {"Idempotency-Key": str(UUID(int=self.dice.getrandbits(128), version=4))}
        path = f"/api/calls/{call}/{act}"
        answer = await self._answered("POST", path, lambda: {**people.bearer(nurse), **key}, json=body)
        if answer.status_code != httpx.codes.OK and answer.status_code not in {404, MOVED_ON}:
            self.ledger.refused.append(f"{act}: HTTP {answer.status_code}")
        return answer.status_code == httpx.codes.OK

    async def _form(self, path: str, form: dict[str, str], nurse: str) -> int:
        answer = await self._answered("POST", path, lambda: people.bearer(nurse) if nurse else {}, data=form)
        return answer.status_code

    async def _answered(self, method: str, path: str, head: Any, **request: Any) -> httpx.Response:
        """Ask until there is an answer that is final. Raises AssertionError when there is none for minutes."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = await self.http.request(method, self.house.base + path, headers=head(), **request)
            except httpx.TransportError:
                answer = None
            if answer is not None and not answer.is_server_error:
                return answer
            assert time.monotonic() < deadline, f"{method} {path.partition('/')[2].partition('/')[0]} is not answered"
            await asyncio.sleep(RETRY_S)


def link_of(mail: EmailMessage) -> UUID | None:
    """Which page a mail is about, if it is about one."""
    body = mail.get_body(preferencelist=("plain", "html"))
    match = _TOKEN.search(str(body.get_content())) if body else None
    return _LINKS.read(match.group(1)) if match else None
