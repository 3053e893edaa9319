"""The form of a coordinator, who takes a referral down from the phone or types in a fax."""

from datetime import datetime
from zoneinfo import ZoneInfo

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import Channel
from services.referral.api import words
from services.referral.api.referring.doors import labels, shaping
from services.referral.api.referring.doors.door import Body, Door

WAYS = {Channel.PHONE: "Phone", Channel.FAX: "Fax"}
_ALONE = {ReferrerKind.PERSON: "The person themself", ReferrerKind.FAMILY: "Family or a friend"}


def _shape(body: Body) -> dict[str, str]:
    shaping.part(body, "patient")
    shaping.leave_out_untouched(body, "contact", "clinical")
    shaping.coverage(body)
    shaping.hospice(body)
    broken = _call(body) | _caller(body)
    return broken | _arrived(body) | shaping.diagnoses(body, required=False)


def _call(body: Body) -> dict[str, str]:
    return {} if body.get("channel") in set(WAYS) else {"channel": shaping.CHOOSE}


def _caller(body: Body) -> dict[str, str]:
    """Somebody who calls for themselves or a loved one belongs to no organization."""
    referrer = shaping.part(body, "referrer")
    kind = referrer.get("kind")
    if kind not in set(ReferrerKind):
        return {"referrer.kind": shaping.CHOOSE}
    if kind in _ALONE:
        referrer.setdefault("organization", _ALONE[ReferrerKind(kind)])
    if not referrer.keys() & {"phone", "email"} and "phone" not in body["patient"]:
        return {"referrer.phone": "Give a phone number or an e-mail address of the caller, or the person's phone."}
    return {}


def _arrived(body: Body) -> dict[str, str]:
    """The time is the office's; when it is left empty, the referral arrives now."""
    typed = body.pop("arrived_at", None)
    if typed is None:
        return {}
    try:
        body["arrived_at"] = datetime.fromisoformat(str(typed)).replace(tzinfo=ZoneInfo(words.ZONE))
    except ValueError:
        return {"arrived_at": "Give a real date and time, such as 2026-03-27 14:05."}
    return {}


COORDINATOR = Door(
    path="/intake/new",
    template="refer_office.html",
    labels={
        "channel": "It came by",
        "arrived_at": "When it arrived",
        "referrer.kind": "Who refers",
        "referrer.organization": "Organization",
        "referrer.name": "Name of who called or signed",
        "referrer.npi": "NPI",
        "referrer.phone": "Caller's phone",
        "referrer.email": "Caller's e-mail",
        "placer_id": "Their number for it",
        "letter_code": "Code of our letter",
    }
    | labels.PERSON
    | {"best_call_time": "Best time to call"}
    | labels.DIAGNOSES
    | {"illness_in_own_words": "The illness in the caller's words"}
    | labels.CLINICAL
    | labels.COVERAGE
    | {"payer.plan_id": "Plan id"}
    | labels.URGENCY
    | labels.LOVED_ONE
    | labels.NOTES,
    first={"channel": "phone", "priority": "routine"} | labels.ZONES | labels.LOVED_ONE_ZONES,
    shape=_shape,
    next_steps="next/office.html",
    public=False,
)
