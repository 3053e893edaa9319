"""The Direct Referral Form of a provider: a doctor, a practice or a hospital."""

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import Channel
from services.referral.api.referring.doors import labels, shaping
from services.referral.api.referring.doors.door import Body, Door


def _shape(body: Body) -> dict[str, str]:
    body["channel"] = Channel.FORM
    shaping.part(body, "referrer")["kind"] = ReferrerKind.PROVIDER
    shaping.part(body, "patient")
    shaping.leave_out_untouched(body, "contact", "clinical")
    shaping.coverage(body)
    shaping.hospice(body)
    return shaping.organization_rules(body) | shaping.diagnoses(body)


PROVIDER = Door(
    path="/refer",
    template="refer.html",
    labels=labels.ORGANIZATION
    | labels.PERSON
    | labels.DIAGNOSES
    | labels.CLINICAL
    | labels.COVERAGE
    | labels.URGENCY
    | labels.LOVED_ONE
    | labels.NOTES,
    first={"priority": "routine"} | labels.ZONES | labels.LOVED_ONE_ZONES,
    shape=_shape,
    next_steps="next/referrer.html",
)
