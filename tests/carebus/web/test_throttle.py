"""Who asks too often waits: counted by address, of IPv6 by its /64, at every public door of every service."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from carebus.access import Access, Rule, anyone
from carebus.testing import Bench
from carebus.web import throttle
from carebus.web.addresses import EverybodyTrusted, Proxies, counted_as, require_few_proxies
from carebus.web.admission import NoSuchThrottle, throttle_of
from carebus.web.security import HEADERS
from carebus.web.throttle import DOORS, Throttle, TooOften
from tests.referral.following import following

SERVICES = ("referral", "care_plan", "notifications", "outcomes")


class App:
    """Whatever counts are kept for."""


def scope_of(app: App, host: str) -> dict[str, Any]:
    return {"app": app, "client": (host, 1)}


def public_rules() -> Iterator[tuple[str, Rule]]:
    for name in SERVICES:
        access = importlib.import_module(f"services.{name}.access").ACCESS
        assert isinstance(access, Access)
        yield from ((route, rule) for route, rule in access.reads.items() if rule.public)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
    ],
)
def test_these_are_one_client(one: str, same: str) -> None:
    counted, app = Throttle(1), App()
    counted.count(scope_of(app, one))
    with pytest.raises(TooOften):
        counted.count(scope_of(app, same))


@pytest.mark.parametrize(
    ("one", "other"), [("2001:db8:1:2::1", "2001:db8:1:3::1"), ("203.0.113.9", "203.0.113.8"), ("unix", "203.0.113.9")]
)
def test_these_are_two(one: str, other: str) -> None:
    counted, app = Throttle(1), App()
    counted.count(scope_of(app, one))
    counted.count(scope_of(app, other))
    assert counted_as(one) != counted_as(other)


def test_a_new_minute_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, app, now = Throttle(1), App(), [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    counted.count(scope_of(app, "a"))
    now[0] = throttle.A_MINUTE
    counted.count(scope_of(app, "a"))


def test_every_public_door_has_a_limit() -> None:
    found = dict(public_rules())
    assert found
    assert {throttle_of(rule) for rule in found.values()} <= set(DOORS.values())
    with pytest.raises(NoSuchThrottle):
        throttle_of(anyone(because="a slip of the pen", throttle="from"))


async def test_a_public_door_is_closed_to_whoever_knocks_too_often(
    postgres_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DOORS["forms"], "_most", 2)
    async with following(postgres_url, tmp_path) as office:
        for _ in range(2):
            assert (await office.http.get("/refer")).status_code == 200
        refused = await office.http.get("/refer/plan")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_often")
        assert all(name in refused.headers for name in HEADERS)
        assert (await office.http.get("/api/referrals")).status_code == 200
        elsewhere = httpx.ASGITransport(app=office.service.app, client=("2001:db8::1", 1))
        async with httpx.AsyncClient(transport=elsewhere, base_url="http://service") as http:
            assert (await http.get("/refer")).status_code == 200


async def test_signing_in_is_limited_too(tallying: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DOORS[throttle.SIGNING_IN], "_most", 1)
    assert (await tallying.http.get("/sign-in")).status_code != 429
    assert (await tallying.http.get("/sign-in")).status_code == 429


@pytest.mark.parametrize("trusted", ["*", "10.0.0.1, *", "0.0.0.0/0", "::/0"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "care.example.org"])
def test_believing_everybody_stops_the_start(trusted: str, host: str) -> None:
    with pytest.raises(EverybodyTrusted, match="CAREBUS_TRUSTED_PROXIES believes everybody"):
        require_few_proxies(trusted, host)


@pytest.mark.parametrize(
    ("trusted", "host"),
    [("*", "127.0.0.1"), ("*", "::1"), ("*", "localhost"), ("10.0.0.0/8", "0.0.0.0"), ("", "::")],
)
def test_believing_some_is_fine_and_everybody_on_loopback(trusted: str, host: str) -> None:
    require_few_proxies(trusted, host)


def test_proxies_are_addresses_and_networks() -> None:
    proxies = Proxies("10.0.0.0/8, 192.0.2.7,2001:db8::/32")
    assert all(map(proxies.has, ["10.9.9.9", "192.0.2.7", "2001:db8::1"]))
    assert not any(map(proxies.has, ["11.0.0.1", "192.0.2.8", "2001:db9::1", "unix", ""]))
