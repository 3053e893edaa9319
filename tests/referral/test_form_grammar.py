"""Every form of every page, filled in by a grammar of odd answers: refused or taken, and never a fault."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from carebus.testing import Bench
from tests.referral.samples import body, named

ODD = (
    "",
    " ",
    "\0",
    "²",
    "1e31",
    "-1",
    "9" * 40,
    "NaN",
    "<b>x</b>",
    "é" * 3000,
    "\u2028",
    "2026-02-30",
    "'; drop",
    "%00",
    "0x1F",
)
EACH = 14
"""So many fillings of each form."""
FAULT = 500
_FORM = re.compile(r'<form method="post" action="(/[^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<(input|select|textarea)\b[^>]*\bname="([^"]+)"[^>]*>(?:(.*?)</\1>)?', re.DOTALL)
_VALUE = re.compile(r'\bvalue="([^"]*)"')


@dataclass
class Sheet:
    """A form: where it goes, and each field with the answers that it offers."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def filled(self, dice: random.Random) -> dict[str, str]:
        """An answer to each field, offered or odd; some fields are left out, and some come from nowhere."""
        said = {
            name: dice.choice(offered) if dice.random() < 0.6 else dice.choice(ODD)
            for name, offered in self.fields.items()
        }
        left = {name: value for name, value in said.items() if dice.random() < 0.9}
        return left | (
            {dice.choice(["seen", "list", "then", "back", "x.y.z"]): dice.choice(ODD)} if dice.random() < 0.3 else {}
        )


def sheets(page: str) -> Iterator[Sheet]:
    """The forms of a page."""
    for action, inside in _FORM.findall(page):
        sheet = Sheet(html.unescape(action))
        for whole in _FIELD.finditer(inside):
            offered = [html.unescape(each) for each in _VALUE.findall(whole[0])] or ["words", "ann", "1941-05-06"]
            sheet.fields.setdefault(whole[2], []).extend(offered)
        yield sheet


async def pages(clinic: Bench) -> list[str]:
    """An address of every kind of page that has a form."""
    ids = []
    for name, more in (("Ann", {}), ("Bea", {"priority": "urgent"}), ("Cleo", {"died_on": "2025-01-02"})):
        ids.append(
            (await clinic.command("/api/referrals", named(name, placer_id=f"{name}-1", **more))).json()["referral_id"]
        )
    await clinic.command("/api/referrals", {**named("Ann", placer_id="Ann-1"), "died_on": "2026-01-02"})
    await clinic.command(f"/api/referrals/{ids[1]}/request-information", {"items": ["function"], "owed_by": "referrer"})
    await clinic.command(f"/api/referrals/{ids[2]}/request-cancellation", {"reason": "no_longer_needed"})
    await clinic.command("/api/referrals", body())
    paths = [
        path
        for each in ids
        for path in (f"/referrals/{each}", f"/referrals/{each}/details", f"/referrals/{each}/referrer")
    ]
    return ["/", "/find", "/refer", "/refer/plan", "/refer/letter", "/intake/new", "/identity", "/referrers", *paths]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_filled_in_is_taken_or_refused_and_said(clinic: Bench, seed: int) -> None:
    dice, tried = random.Random(seed), 0
    for path in await pages(clinic):
        shown = await clinic.http.get(path, headers={"accept": "text/html"})
        for sheet in sheets(shown.text):
            for _ in range(EACH):
                answer = await clinic.http.post(sheet.action, data=sheet.filled(dice), headers={"accept": "text/html"})
                tried += 1
                assert answer.status_code < FAULT, (sheet.action, answer.status_code)
                assert "content-security-policy" in answer.headers, sheet.action
    assert tried > 200
