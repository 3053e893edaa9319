"""The Direct Referral Form of a health plan, for one of its members."""

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import Channel
from services.referral.api.referring.doors import labels, shaping
from services.referral.api.referring.doors.door import Body, Door

_ORGANIZATION = labels.ORGANIZATION | {"referrer.organization": "Health plan"}
_MEMBER = {
    "payer.member_id": "Member number",
    "payer.kind": "Line of business",
    "payer.plan_id": "Plan id",
    "placer_id": "Your case number",
}


def _shape(body: Body) -> dict[str, str]:
    body["channel"] = Channel.FORM
    referrer, payer = shaping.part(body, "referrer"), shaping.part(body, "payer")
    referrer["kind"] = ReferrerKind.HEALTH_PLAN
    if "organization" in referrer:
        payer["name"] = body["placer_assigner"] = referrer["organization"]
    shaping.part(body, "patient")
    shaping.leave_out_untouched(body, "clinical")
    shaping.hospice(body)
    broken = shaping.organization_rules(body) | shaping.diagnoses(body)
    if "kind" not in payer:
        broken["payer.kind"] = shaping.CHOOSE
    if "member_id" not in payer:
        broken["payer.member_id"] = shaping.REQUIRED
    return broken


PLAN = Door(
    path="/refer/plan",
    template="refer_plan.html",
    labels={name: label for name, label in _ORGANIZATION.items() if name != "referrer.npi"}
    | _MEMBER
    | labels.PERSON
    | labels.DIAGNOSES
    | labels.CLINICAL
    | labels.URGENCY
    | labels.NOTES,
    first={"priority": "routine"} | labels.ZONES,
    shape=_shape,
    next_steps="next/referrer.html",
    places={"payer.name": "referrer.organization", "placer_assigner": "referrer.organization"},
)
