"""The form of a coordinator who learned more of a referral: everything that was stated, to complete or correct."""

from datetime import date
from typing import Any

from carebus.contracts.people import Diagnosis
from carebus.contracts.referral import ReferralReceived
from carebus.reasoning.codes import is_readable
from services.referral.api.referring.doors import labels, shaping
from services.referral.api.referring.doors.door import Body, Door

_KEPT = ("raw_hash", "batch_id", "requested_services", "placer_id", "placer_assigner", "channel", "arrived_at")
"""What is no answer to a question of this form, and stays as it came."""

LABELS = (
    {
        "referrer.kind": "Who refers",
        "referrer.organization": "Organization",
        "referrer.name": "Name of who called or signed",
        "referrer.npi": "NPI",
        "referrer.phone": "Caller's phone",
        "referrer.email": "Caller's e-mail",
        "letter_code": "Code of our letter",
    }
    | labels.PERSON
    | {"died_on": "Date of death", "best_call_time": "Best time to call"}
    | {"codes": "Diagnosis codes", "on_hospice": "Is the person on hospice now?"}
    | {"illness_in_own_words": "The illness in the caller's words"}
    | labels.CLINICAL
    | labels.COVERAGE
    | {"payer.plan_id": "Plan id"}
    | labels.URGENCY
    | labels.LOVED_ONE
    | labels.NOTES
)


def door_of(received: ReferralReceived, path: str) -> Door:
    """The form about this referral, filled in with what was stated."""

    def shape(body: Body) -> dict[str, str]:
        return _shape(body, received)

    return Door(
        path=path,
        template="details.html",
        labels=LABELS,
        first=_first(received),
        shape=shape,
        next_steps="",
        public=False,
    )


def _shape(body: Body, received: ReferralReceived) -> dict[str, str]:
    shaping.part(body, "referrer")
    shaping.part(body, "patient")
    shaping.leave_out_untouched(body, "contact", "clinical")
    shaping.coverage(body)
    shaping.hospice(body)
    body.update({name: getattr(received, name) for name in _KEPT})
    broken = shaping.diagnoses(body, required=False)
    body["diagnoses"] = [each.model_dump() for each in _as_before(body.get("diagnoses", []), received.diagnoses)]
    return broken


def _as_before(typed: list[dict[str, Any]], before: tuple[Diagnosis, ...]) -> list[Diagnosis]:
    """The codes typed, with the description and the onset they had; codes of other systems can't be typed and stay."""
    known = {(each.system, each.code): each for each in before}
    now = [Diagnosis.model_validate(each) for each in typed]
    return [known.get((each.system, each.code), each) for each in now] + [e for e in before if not is_readable(e)]


def _first(received: ReferralReceived) -> dict[str, str]:
    stated = {
        **received.model_dump(exclude={"diagnoses", "on_hospice"}),
        "codes": ", ".join(each.code for each in received.diagnoses if is_readable(each)),
        "on_hospice": {True: "yes", False: "no", None: "unknown"}[received.on_hospice],
    }
    found = labels.LOVED_ONE_ZONES | {name: _text(_at(stated, name)) for name in LABELS}
    return {name: text for name, text in found.items() if text}


def _at(stated: Any, path: str) -> Any:
    for name in path.split("."):
        stated = stated.get(name) if isinstance(stated, dict) else None
    return stated


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else f"{value:g}" if isinstance(value, float) else str(value)
