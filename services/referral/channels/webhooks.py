"""The webhook worker: calls what is due, signed, and keeps the results. One process does so at a time (the kit's lead).

A call is repeated until the receiver takes it, for three days. Between its yes and the record lies a moment: a process
that dies in it calls once more with the same `webhook-id`, by which a receiver knows a repeat.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from itertools import groupby
from math import inf
from operator import attrgetter
from uuid import UUID

import httpx
import structlog
from standardwebhooks.webhooks import Webhook

from carebus.errors import CarebusError
from carebus.observing.loops import backoff
from carebus.storage.database import DatabaseAway
from carebus.web.http import Parts
from services.referral import store
from services.referral.domain.feedback.webhooks import (
    WebhookAddressRefused,
    check_address,
    is_public,
    notification,
    secret_of,
)
from services.referral.settings import Settings
from services.referral.store import Call, Called

log = structlog.get_logger()

AN_HOUR = 3600.0
AT_ONCE, EACH, MOST_GOING = 50, 10, 500
WEBHOOKS = "webhooks"
"""The worker's name."""
FORGOTTEN_AT_ONCE, FORGETS_EACH_SECONDS = 5000, AN_HOUR
LONGEST_WAIT_SECONDS = 6 * AN_HOUR
_PORTS = {"http": 80, "https": 443}
_RECORD_TRIES = 8
_ENDPOINT = attrgetter("endpoint_id")


class LeadsNowherePublic(CarebusError):
    """The name of this webhook leads to an address that is not public."""


async def call_webhooks(parts: Parts, stop: asyncio.Event) -> None:
    """Call what is due until `stop`."""
    settings = parts.settings
    assert isinstance(settings, Settings)
    if settings.referrer_secret is None:
        await stop.wait()
        return
    trust = ssl.create_default_context()
    secret, seconds = settings.referrer_secret.get_secret_value(), settings.webhook_timeout_seconds
    async with (
        httpx.AsyncClient(trust_env=False, verify=trust, timeout=seconds) as client,
        asyncio.TaskGroup() as going,
    ):
        caller = Caller(parts, settings, secret, client, going)
        while not stop.is_set():
            if not await caller.round() and not await caller.forget():
                await parts.notices.work(WEBHOOKS).wait()


class Caller:
    """What is due, and what calls come to. Endpoints are called side by side: a slow one delays nobody else's."""

    def __init__(
        self, parts: Parts, settings: Settings, secret: str, client: httpx.AsyncClient, going: asyncio.TaskGroup
    ) -> None:
        self._parts = parts
        self._settings = settings
        self._secret = secret
        self._client = client
        self._going = going
        self._notice = parts.notices.work(WEBHOOKS)
        self._busy: dict[UUID, int] = {}
        self._forgets_at = 0.0

    async def round(self) -> int:
        """Begin what is due at endpoints that are not being called; gives the number of calls."""
        room = MOST_GOING - sum(self._busy.values())
        if room <= 0:
            return 0
        async with self._parts.database.transaction() as db:
            due = await store.due_calls(db, min(AT_ONCE, room), EACH, busy=list(self._busy))
        for endpoint_id, calls in groupby(sorted(due, key=_ENDPOINT), key=_ENDPOINT):
            theirs = list(calls)
            self._busy[endpoint_id] = len(theirs)
            self._going.create_task(self._call_each(endpoint_id, theirs))
        return len(due)

    async def forget(self) -> int:
        """Forget what was delivered long ago, a part at a time and only now and then; gives how many calls."""
        if time.monotonic() < self._forgets_at:
            return 0
        async with self._parts.database.transaction() as db:
            gone = await store.forget_delivered(db, self._settings.webhook_keep_days, FORGOTTEN_AT_ONCE)
        if gone < FORGOTTEN_AT_ONCE:
            self._forgets_at = time.monotonic() + FORGETS_EACH_SECONDS
        return gone

    async def _call_each(self, endpoint_id: UUID, calls: Sequence[Call]) -> None:
        try:
            await self._record(await asyncio.gather(*(self._call(one) for one in calls)))
        finally:
            del self._busy[endpoint_id]
            self._notice.heard.set()  # more may be due there

    async def _call(self, call: Call) -> Called:
        """Make one call. Whatever goes wrong, the receiver is to blame, and it is tried again."""
        try:
            async with asyncio.timeout(self._settings.webhook_timeout_seconds):
                status = await self._post(call)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, CarebusError) as exc:
            return self._again(call, _kind(exc))
        if httpx.codes.is_success(status):
            return Called(call, "delivered")
        return Called(call, "gone", 0.0) if status == HTTPStatus.GONE else self._again(call, f"http_{status}")

    async def _post(self, call: Call) -> int:
        target = httpx.URL(check_address(call.url, private=self._settings.webhook_private))
        address = await self._address_of(target)
        async with self._client.stream(
            "POST",
            target.copy_with(host=address),
            content=self._body(call),
            headers={"host": target.netloc.decode("ascii"), **self._signed(call)},
            extensions={"sni_hostname": target.host},
        ) as response:
            return response.status_code

    async def _address_of(self, target: httpx.URL) -> str:
        """Where a name leads now. The call goes to just this address: the name may lead elsewhere a moment later."""
        loop = asyncio.get_running_loop()
        port = target.port or _PORTS[target.scheme]
        found = [info[4][0] for info in await loop.getaddrinfo(target.host, port, type=socket.SOCK_STREAM)]
        addresses = [ip_address(str(one).partition("%")[0]) for one in found]
        if not addresses or not (self._settings.webhook_private or all(map(is_public, addresses))):
            raise LeadsNowherePublic
        return str(addresses[0])

    def _body(self, call: Call) -> str:
        return notification(
            self._settings.referral_url, call.endpoint_id, call.referral_id, call.number, call.changed_at
        )

    def _signed(self, call: Call) -> dict[str, str]:
        """The headers of Standard Webhooks; the time is that of this try, by the real clock."""
        now = datetime.now(UTC)
        signing = Webhook(secret_of(self._secret, call.endpoint_id, call.secret_version))
        return {
            "content-type": "application/fhir+json",
            "user-agent": "Carebus-Webhooks",
            "webhook-id": str(call.update_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signing.sign(str(call.update_id), now, self._body(call)),
        }

    def _again(self, call: Call, outcome: str) -> Called:
        if call.waited_seconds >= self._settings.webhook_hours * AN_HOUR:
            return Called(call, "given_up")
        first = self._settings.webhook_retry_seconds
        return Called(call, outcome, backoff(call.attempts, first=first, most=LONGEST_WAIT_SECONDS))

    async def _record(self, called: Sequence[Called]) -> None:
        """Keep the results. Waits for an absent database, because a call that is forgotten here is made again."""
        for attempt in range(_RECORD_TRIES):
            try:
                disabled = await self._settle(called)
                break
            except DatabaseAway:
                if attempt == _RECORD_TRIES - 1:
                    raise
                await asyncio.sleep(backoff(attempt))
        else:
            raise AssertionError
        log.info("webhook_round", delivered=sum(one.delivered for one in called), called=len(called))
        for endpoint_id in disabled:
            log.warning("webhook_disabled", endpoint_id=str(endpoint_id))

    async def _settle(self, called: Sequence[Called]) -> list[UUID]:
        dead_seconds = self._settings.webhook_dead_hours * AN_HOUR
        async with self._parts.database.transaction() as db:
            disabled = await store.settle(db, called, self._settings.webhook_failures, dead_seconds)
        self._notice.give_in(min((one.seconds for one in called if one.seconds is not None), default=inf))
        return disabled


def _kind(exc: Exception) -> str:
    """What went wrong, as a code and never as the text of the error."""
    if isinstance(exc, TimeoutError | httpx.TimeoutException):
        return "timeout"
    if isinstance(exc, WebhookAddressRefused | LeadsNowherePublic):
        return "not_public"
    return "unreachable"
