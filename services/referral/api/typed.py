"""Turns what was typed into the Direct Referral Form into a referral, or into the rules it breaks, field by field."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.contracts.people import Condition, Diagnosis
from carebus.contracts.referral import Channel
from carebus.web import body_of, errors_of
from services.referral.domain import DirectReferral
from services.referral.domain.conditions import GENERAL_CODES, ICD_10_CM, SNOMED_CODES, SNOMED_CT, condition_of

LABELS = {
    "referrer.kind": "You refer for",
    "referrer.organization": "Organization",
    "referrer.name": "Your name",
    "referrer.npi": "Your NPI",
    "referrer.phone": "Your phone",
    "referrer.email": "Your e-mail",
    "patient.given_name": "Given name",
    "patient.family_name": "Family name",
    "patient.birth_date": "Date of birth",
    "patient.sex": "Sex",
    "patient.phone": "The person's phone",
    "patient.email": "The person's e-mail",
    "patient.address.street": "Street and number",
    "patient.address.city": "City",
    "patient.address.state": "State",
    "patient.address.postal_code": "ZIP code",
    "patient.language": "Preferred language",
    "patient.time_zone": "Time zone",
    "conditions": "Which serious illness does the person have?",
    "codes": "Diagnosis codes",
    "on_hospice": "Is the person on hospice now?",
    "payer.kind": "Coverage",
    "payer.name": "Name of the plan",
    "payer.member_id": "Member number",
    "priority": "How soon is an answer needed?",
    "contact.full_name": "Loved one's name",
    "contact.relationship": "Relationship",
    "contact.email": "Loved one's e-mail",
    "contact.phone": "Loved one's phone",
    "contact.language": "Loved one's language",
    "contact.time_zone": "Loved one's time zone",
    "contact.consented": "The person has agreed that we tell this loved one about visits and the care team",
    "referral_note": "What else should we know?",
}
"""Every field, in the order of the form: errors are listed in this order too."""

FIRST = {"priority": "routine", "patient__language": "en", "patient__time_zone": "America/New_York",
         "contact__language": "en", "contact__time_zone": "America/New_York"}  # fmt: skip

_ICD = re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
_SNOMED = re.compile(r"[0-9]{6,18}")
_ALWAYS_SENT = {"language", "time_zone"}


def key_of(sent: FormData) -> str | None:
    """The form's hidden key, if it is one."""
    try:
        return str(UUID(str(sent.get("idempotency_key", ""))))
    except ValueError:
        return None


def read(sent: FormData, now: datetime) -> DirectReferral | dict[str, str]:
    """The referral that was typed, or one sentence for each field that breaks a rule."""
    body = body_of(sent, many=["conditions"])
    broken = _shape(body)
    try:
        referral = DirectReferral.stated(body, now)
    except ValidationError as why:
        broken = _of_fields(errors_of(why), broken)
    else:
        if not broken:
            return referral
    order = list(LABELS)
    return dict(sorted(broken.items(), key=lambda each: order.index(each[0]) if each[0] in LABELS else len(order)))


def _shape(body: dict[str, Any]) -> dict[str, str]:
    """Bring what was typed into the shape of a referral; gives the rules that only the form has."""
    body.pop("idempotency_key", None)
    body["channel"] = Channel.FORM
    referrer = body.setdefault("referrer", {})
    body.setdefault("patient", {})
    _leave_out_untouched(body, "contact")
    if body.get("payer", {}).get("kind") == "none":
        body["payer"].setdefault("name", "No coverage")
    if body.get("on_hospice") == "unknown":
        del body["on_hospice"]
    return _referrer_rules(referrer) | _diagnoses(body)


def _leave_out_untouched(body: dict[str, Any], part: str) -> None:
    """Drop a part of which only the fields that every browser sends came."""
    if isinstance(body.get(part), dict) and not body[part].keys() - _ALWAYS_SENT:
        del body[part]


def _referrer_rules(referrer: dict[str, Any]) -> dict[str, str]:
    broken = {}
    if "kind" not in referrer:
        broken["referrer.kind"] = "Choose one."
    if "name" not in referrer:
        broken["referrer.name"] = "This is required."
    if not referrer.keys() & {"phone", "email"}:
        broken["referrer.phone"] = "Give a phone number or an e-mail address, so that we can answer you."
    return broken


def _diagnoses(body: dict[str, Any]) -> dict[str, str]:
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
    return {} if body["diagnoses"] else {"conditions": "Choose at least one illness, or give a diagnosis code."}


def _coded(code: str) -> Diagnosis | None:
    if _SNOMED.fullmatch(code):
        return Diagnosis(system=SNOMED_CT, code=code, description=SNOMED_CODES.get(code, (None, ""))[1])
    return Diagnosis(system=ICD_10_CM, code=code.upper()) if _ICD.fullmatch(code) else None


def _general(condition: Condition) -> Diagnosis:
    code = GENERAL_CODES[condition]
    return Diagnosis(system=SNOMED_CT, code=code, description=SNOMED_CODES[code][1])


def _of_fields(rules: dict[str, str], broken: dict[str, str]) -> dict[str, str]:
    """The rules by the form's fields: the form's own, then the first that the referral breaks in each."""
    found = dict(broken)
    for path, rule in rules.items():
        if path.startswith("diagnoses"):
            if not broken.keys() & {"conditions", "codes"}:
                found.setdefault("codes", rule)
        else:
            found.setdefault(path, rule)
    return found
