"""Turns what was typed at a door into a referral, or into the rules it breaks, field by field."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.web import body_of, errors_of
from services.referral.api.referring.doors import Door
from services.referral.domain import DirectReferral


def key_of(sent: FormData) -> str | None:
    """The form's hidden key, if it is one."""
    try:
        return str(UUID(str(sent.get("idempotency_key", ""))))
    except ValueError:
        return None


def read(door: Door, sent: FormData, now: datetime) -> DirectReferral | dict[str, str]:
    """The referral that was typed, or one sentence for each field that breaks a rule."""
    body = _of_this_door(door, sent)
    broken = door.shape(body)
    try:
        referral = DirectReferral.stated(body, now)
    except ValidationError as why:
        broken = _of_fields(door, errors_of(why), broken)
    else:
        if not broken:
            return referral
    order = list(door.labels)
    known = sorted(broken.items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order))
    return {field: door.sentence(rule) for field, rule in known}


def _of_this_door(door: Door, sent: FormData) -> dict[str, Any]:
    fields = [(name, value) for name, value in sent.multi_items() if name in door.labels]
    return body_of(FormData(fields), many=["conditions"])


def _of_fields(door: Door, rules: dict[str, str], broken: dict[str, str]) -> dict[str, str]:
    """The rules by the form's fields: the form's own, then the first that the referral breaks in each."""
    found = dict(broken)
    for path, rule in rules.items():
        if path.startswith("diagnoses"):
            if not broken.keys() & {"conditions", "codes"}:
                found.setdefault("codes", rule)
        else:
            found.setdefault(door.place(path), rule)
    return found
