"""A referral whose referrer follows it: the service with its secrets, and the address of the private page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from httpx import Response

from carebus.contracts.referral import ReferrerStatusChanged, ReferrerUpdateRequested
from carebus.testing import Bench
from carebus.web.private_links import PrivateLinks
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.referral.samples import body

SECRET = "l" * 40
REFERRER_SECRET = "r" * 40
LINKS = PrivateLinks(SECRET, "/status")
BORN = "1941-05-06"
OSEI = {"organization": "Elm Street Cardiology", "name": "R. Osei", "email": "osei@elm.example", "kind": "provider"}


@asynccontextmanager
async def following(postgres_url: str, folder: Path, **more: Any) -> AsyncIterator[Bench]:
    """The referral service with private links."""
    given = {"status_link_secret": SECRET, "referrer_secret": REFERRER_SECRET, "help_line": "800-555-0199", **more}
    async with service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=folder, **given) as bench:
        yield bench


async def referred(bench: Bench, **changes: Any) -> dict[str, Any]:
    """A referral by a practice with an e-mail address; gives what the API answers."""
    answer = await bench.command("/api/referrals", body(**{"referrer": OSEI, **changes}))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def link_of(bench: Bench, referral_id: str) -> str:
    """The path that the newest link of a referral leads to."""
    told = [
        each.event
        for each in await bench.all_published()
        if isinstance(each.event, ReferrerStatusChanged | ReferrerUpdateRequested)
        and each.event.referral_id == UUID(referral_id)
    ]
    return LINKS.address(told[-1].link.link_id)


async def looks(bench: Bench, path: str, **headers: str) -> Response:
    """A browser opens a page."""
    return await bench.http.get(path, headers={"accept": "text/html", **headers})


async def types(bench: Bench, path: str, **typed: str) -> Response:
    """A browser sends a form."""
    return await bench.http.post(path, data=typed, headers={"accept": "text/html"})
