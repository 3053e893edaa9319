"""Referrals for tests, as a referrer's system would send them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import pytest
from pydantic import ValidationError

from carebus.web import errors_of
from services.referral import store
from services.referral.domain import DirectReferral

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
RULES = store.rule_book()
SECRETS = ("Quimby", "Ottoline", "1941-05-06", "Larch", "ottoline@families.example", "MBI-77231")
"""What must never be seen outside the referral's own pages."""


def body(**changes: Any) -> dict[str, Any]:
    """A whole, eligible referral."""
    return {
        "channel": "api",
        "priority": "routine",
        "referrer": {
            "organization": "Elm Street Cardiology",
            "name": "R. Osei",
            "phone": "508-580-2730 Or 508-580-2730",
        },
        "patient": {
            "given_name": "Ottoline672",
            "family_name": "Quimby90",
            "birth_date": "1941-05-06",
            "sex": "female",
            "address": {"street": "8 Larch Way", "city": "Lynn", "state": "Massachusetts", "postal_code": "00000"},
        },
        "diagnoses": [{"system": "SNOMED-CT", "code": "88805009", "description": "CHF", "onset": "2019-02-03"}],
        "payer": {"name": "Medicare", "kind": "medicare", "member_id": "MBI-77231"},
        "died_on": None,
        "on_hospice": False,
        "contact": {
            "full_name": "Bo Quimby",
            "relationship": "son",
            "email": "ottoline@families.example",
            "phone": "(413) 555-0100",
            "language": "es",
            "time_zone": "America/Chicago",
            "consented": True,
        },
        "referral_note": "",
        **changes,
    }


def named(name: str, **changes: Any) -> dict[str, Any]:
    """A referral of a person who is like no other."""
    number = crc32(name.encode())
    born = f"19{20 + number % 40}-{1 + number // 40 % 12:02}-{1 + number // 480 % 28:02}"
    person = {"given_name": name, "family_name": "Desk", "birth_date": born}
    payer = {"name": "Medicare", "kind": "medicare", "member_id": f"MBI-{number}"}
    return body(**{"patient": person, "payer": payer, "contact": None, **changes})


def stated(**changes: Any) -> DirectReferral:
    """A referral as the service reads it."""
    return DirectReferral.stated(body(**changes), NOW)


def rules_broken(**changes: Any) -> dict[str, str]:
    """What is wrong with such a referral, by field."""
    with pytest.raises(ValidationError) as why:
        stated(**changes)
    return errors_of(why.value)


def patient(**changes: Any) -> dict[str, Any]:
    """The referred person, changed."""
    return {**body()["patient"], **changes}
