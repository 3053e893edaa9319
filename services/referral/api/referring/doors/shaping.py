"""Brings typed parts into the shape of a referral: diagnoses, coverage, whom to call, and parts nobody touched."""

import re
from typing import Any

from carebus.contracts.people import Condition, Diagnosis
from carebus.reasoning.codes import ICD_10_CM, SNOMED_CT
from services.referral.api.referring.doors.door import Body
from services.referral.domain.referring.conditions import (
    GENERAL_CODES,
    ICD_SHAPE,
    SNOMED_CODES,
    SNOMED_SHAPE,
    condition_of,
)

REACHABLE = "Give a phone number or an e-mail address, so that we can answer you."
REQUIRED = "This is required."
CHOOSE = "Choose one."
_ALWAYS_SENT = {"language", "time_zone"}


def part(body: Body, name: str) -> dict[str, Any]:
    """A part of the referral that is being made; anything that is not a group of fields is dropped."""
    if not isinstance(body.get(name), dict):
        body[name] = {}
    found: dict[str, Any] = body[name]
    return found


def leave_out_untouched(body: Body, *names: str) -> None:
    """Drop parts of which only the fields that every browser sends came."""
    for name in names:
        if name in body and not part(body, name).keys() - _ALWAYS_SENT:
            del body[name]


def coverage(body: Body) -> None:
    """Somebody without coverage has no plan to name."""
    leave_out_untouched(body, "payer")
    if body.get("payer", {}).get("kind") == "none":
        body["payer"].setdefault("name", "No coverage")


def hospice(body: Body) -> None:
    """Not known is the same as not said."""
    if body.get("on_hospice") == "unknown":
        del body["on_hospice"]


def organization_rules(body: Body) -> dict[str, str]:
    """A referrer for an organization says who they are and how to answer them."""
    referrer = part(body, "referrer")
    broken = {}
    if "name" not in referrer:
        broken["referrer.name"] = REQUIRED
    if not referrer.keys() & {"phone", "email"}:
        broken["referrer.phone"] = REACHABLE
    return broken


def diagnoses(body: Body, *, required: bool = True) -> dict[str, str]:
    """Make diagnoses of the illnesses ticked and the codes typed. A code says more than the tick it belongs to."""
    chosen, typed = body.pop("conditions", []), re.split(r"[\s,;]+", str(body.pop("codes", "")))
    coded = [_coded(code) for code in typed if code]
    if None in coded:
        return {"codes": "Write codes such as I50.22 (ICD-10-CM) or 88805009 (SNOMED CT), with commas between them."}
    if any(name not in set(Condition) for name in chosen):
        return {"conditions": "Choose from the list."}
    named = {condition_of(each) for each in coded if each}
    general = [_general(Condition(name)) for name in chosen if Condition(name) not in named]
    body["diagnoses"] = [each.model_dump() for each in [*general, *coded] if each]
    if required and not body["diagnoses"]:
        return {"conditions": "Choose at least one illness, or give a diagnosis code."}
    return {}


def _coded(code: str) -> Diagnosis | None:
    if SNOMED_SHAPE.fullmatch(code):
        return Diagnosis(system=SNOMED_CT, code=code, description=SNOMED_CODES.get(code, (None, ""))[1])
    return Diagnosis(system=ICD_10_CM, code=code.upper()) if ICD_SHAPE.fullmatch(code) else None


def _general(condition: Condition) -> Diagnosis:
    code = GENERAL_CODES[condition]
    return Diagnosis(system=SNOMED_CT, code=code, description=SNOMED_CODES[code][1])
