"""Reads who pays: of a person's coverages the active one that is in force and comes first."""

from datetime import datetime

from carebus.contracts.people import PayerKind
from carebus.web.fhir.nodes import NOWHERE, Node, first
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import IDENTIFIER_TYPES, MEMBER, PAYERS, SOURCES_OF_PAYMENT
from services.referral.channels.fhir.nodes import code_in, codings, known_codes, words
from services.referral.channels.fhir.periods import in_force, zone_of
from services.referral.channels.fhir.stating import Stating

_LAST = 10**9
"""Where a coverage without an order comes: after all that have one."""


def state_payer(stating: Stating, found: Resources, order: Node, patient: Node, now: datetime) -> None:
    """The coverage in force that the order names, else the patient's first one in force."""
    stating.follow(*order.each("insurance"))
    own = [each for each in found.of("Coverage") if found.referred(each.at("beneficiary")) == patient]
    stating.follow(*(each.at("beneficiary") for each in own))
    coverage = in_force_first(found, order, patient, now)
    if coverage:
        stating.begin("payer", coverage)
        stating.use(coverage.at("status"), coverage.at("order"))
        _state(stating, found, coverage)


def in_force_first(found: Resources, order: Node, patient: Node, now: datetime) -> Node:
    """The coverage that counts: active and in force, named by the order, and lowest in `order`."""
    named = [found.referred(each) for each in order.each("insurance")]
    others = [each for each in found.of("Coverage") if found.referred(each.at("beneficiary")) == patient]
    for among in (named, others):
        counts = [each for each in among if _counts(found, each, patient, now)]
        if counts:
            return min(counts, key=_order)
    return NOWHERE


def _counts(found: Resources, coverage: Node, patient: Node, now: datetime) -> bool:
    if coverage.kind != "Coverage" or coverage.at("status").text != "active":
        return False
    whose = found.referred(coverage.at("beneficiary"))
    return (not whose or whose == patient) and in_force(coverage, now, zone_of(patient))


def _order(coverage: Node) -> int:
    order = coverage.at("order").value
    return order if isinstance(order, int) and not isinstance(order, bool) else _LAST


def _state(stating: Stating, found: Resources, coverage: Node) -> None:
    payor, plans = first(coverage.each("payor")), _plans(coverage)
    name = first([found.referred(payor).at("name"), payor.at("display"), *(each.at("name") for each in plans)])
    kind = _kind(stating, coverage, name.text)
    stating.put("payer.name", name.text or ("No coverage" if kind is PayerKind.NONE else "Not named"), name)
    stating.place("payer.name", payor)
    stating.follow(payor)
    stating.put("payer.kind", kind, NOWHERE)
    stating.place("payer.kind", coverage.at("type"))
    members = [each for each in coverage.each("identifier") if code_in(each.at("type"), IDENTIFIER_TYPES) == MEMBER]
    plan = first(each.at("value") for each in plans)
    stating.put("payer.plan_id", plan.text, plan)
    if plan:
        stating.use(*known_codes(plans[0].at("type")))
    member = first([*(each.at("value") for each in members), coverage.at("subscriberId")])
    stating.put("payer.member_id", member.text, member)
    stating.use(*(at for each in members[:1] for at in known_codes(each.at("type"), IDENTIFIER_TYPES)))


def _plans(coverage: Node) -> list[Node]:
    classes = coverage.each("class")
    return [each for each in classes if any(code == "plan" for _, code, _ in codings(each.at("type")))]


def _kind(stating: Stating, coverage: Node, name: str) -> PayerKind:
    """By the source of payment, else by what the plan is called, else a commercial one."""
    code = code_in(coverage.at("type"), SOURCES_OF_PAYMENT)
    for length in range(len(code), 0, -1):
        if code[:length] in PAYERS:
            stating.use(*known_codes(coverage.at("type"), SOURCES_OF_PAYMENT))
            return PAYERS[code[:length]]
    if any(code == "pay" for _, code, _ in codings(coverage.at("type"))):
        return PayerKind.NONE
    spoken = f"{name} {words(coverage.at('type'))}".lower()
    if "medicare" in spoken:
        return PayerKind.DUAL if "medicaid" in spoken or "dual" in spoken else PayerKind.MEDICARE
    return PayerKind.MEDICAID if "medicaid" in spoken or "medi-cal" in spoken else PayerKind.COMMERCIAL
