"""Reads the Consents of the person who is referred: what each says of whom, and what of it was not understood."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from carebus.web.fhir.nodes import NOWHERE, Node
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.consent import MOST_RULES, Consent, Covers, Policy, Rule, rules_in
from services.referral.channels.fhir.nodes import codings
from services.referral.channels.fhir.periods import Span, moment, span, zone_of

SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
ACT_CODES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACTIONS = "http://terminology.hl7.org/CodeSystem/consentaction"
REASONS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PRIVACY = "patient-privacy"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ROLE_CODES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
RECIPIENTS = {
    (_PARTICIPATION, "IRCP"),
    (_PARTICIPATION, "PRCP"),
    (_ROLE_CODES, "GRANTEE"),
    (_ROLE_CODES, "DELEGATEE"),
}
TELLING = {"disclose", "access"}
NOT_TELLING = {"collect", "use", "correct"}
FOR_THE_FAMILY = {"TREAT", "CAREMGT", "COC", "PATRQT", "FAMRQT", "PWATRNY", "SUPNWK"}
"""Purposes of use: care, and what the patient, the family or who holds a power of attorney asks for."""
FOR_OTHERS = {
    *("HRESCH", "BIORCH", "CLINTRCH", "DSRCH", "POARCH", "TRANSRCH"),
    *("HMARKT", "MARKT"),
    *("HPAYMT", "CLMATTCH", "COVAUTH", "COVERAGE", "ELIGDTRM", "ELIGVER", "ENROLLM", "REMITADV"),
}
"""Purposes of use: research, marketing and payment."""
LIMITS = ("class", "code", "data", "dataPeriod", "securityLabel")
_OPT = {"OPTIN": Policy.OPT_IN, "OPTOUT": Policy.OPT_OUT, "OPTOUTE": Policy.OPT_OUT}

Doubt = tuple[Node, str]


def consents_of(found: Resources, patient: Node) -> list[Consent]:
    """What the Consents of this person say. Too many rules are no rules: nobody is told by them."""
    zone = zone_of(patient)
    read = [_consent(found, each, zone) for each in _of(found, patient)]
    return read if sum(rules_in(each.root) for each in read) <= MOST_RULES else []


def doubts(found: Resources, patient: Node, now: datetime) -> list[Doubt]:
    """Which of the Consents could not be understood or don't count, and why."""
    said = [each for each in found.of("Consent") if not each.at("patient")]
    without = [(each, "It does not say whose consent it is.") for each in said]
    zone = zone_of(patient)
    return [*without, *(doubt for each in _of(found, patient) for doubt in _doubts(found, each, zone, now))]


def _of(found: Resources, patient: Node) -> list[Node]:
    return [each for each in found.of("Consent") if found.referred(each.at("patient")) == patient]


def _consent(found: Resources, consent: Node, zone: tzinfo) -> Consent:
    verified = [each.at("verified").value for each in consent.each("verification")]
    return Consent(
        active=consent.at("status").text == "active",
        privacy=_is_of_privacy(consent.at("scope")),
        policy=_policy(consent),
        span=Span(starts=moment(consent.at("dateTime"), zone)),
        verified=not verified or True in verified,
        root=_rule(found, consent.at("provision"), zone),
    )


def _is_of_privacy(scope: Node) -> bool:
    return {code for system, code, _ in codings(scope) if system == SCOPES} == {PRIVACY}


def _policy(consent: Node) -> Policy:
    coded = {code for system, code, _ in codings(consent.at("policyRule")) if system == ACT_CODES}
    opted = {_OPT[code] for code in coded if code in _OPT}
    if Policy.OPT_OUT in opted:
        return Policy.OPT_OUT
    if opted:
        return Policy.OPT_IN
    if any(each.at("uri").text for each in consent.each("policy")):
        return Policy.BY_DOCUMENT
    return Policy.UNKNOWN if consent.at("policyRule") or consent.at("policy") else Policy.NONE


def _rule(found: Resources, provision: Node, zone: tzinfo) -> Rule:
    actors = provision.each("actor")
    people = [found.referred(each.at("reference")) for each in actors]
    return Rule(
        type=provision.at("type").text,
        span=span(provision.at("period"), zone),
        anybody=not actors,
        named=frozenset(each.path for each in people if each),
        receiving=frozenset(each.path for actor, each in zip(actors, people, strict=True) if each and _receives(actor)),
        somebody=any(not each and _is_unknown(actor) for actor, each in zip(actors, people, strict=True)),
        action=_action(provision),
        purpose=_purpose(provision),
        limited=any(provision.at(name) for name in LIMITS),
        nested=tuple(_rule(found, each, zone) for each in provision.each("provision")),
    )


def _receives(actor: Node) -> bool:
    return any((system, code) in RECIPIENTS for system, code, _ in codings(actor.at("role")))


def _is_unknown(actor: Node) -> bool:
    """Whether an actor that is not in the Bundle is named in words or by number only, so that it could be anybody."""
    return not actor.at("reference", "reference").text and actor.at("reference", "type").text in {"", "RelatedPerson"}


def _action(provision: Node) -> Covers:
    said = [[(system, code) for system, code, _ in codings(each)] for each in provision.each("action")]
    if not said or any((ACTIONS, name) in codes for codes in said for name in TELLING):
        return Covers.YES
    known = all(any((ACTIONS, name) in codes for name in NOT_TELLING) for codes in said)
    return Covers.NO if known else Covers.UNKNOWN


def _purpose(provision: Node) -> Covers:
    said = [(each.at("system").text, each.at("code").text) for each in provision.each("purpose")]
    if not said or any((REASONS, name) in said for name in FOR_THE_FAMILY):
        return Covers.YES
    return Covers.NO if all(system == REASONS and code in FOR_OTHERS for system, code in said) else Covers.UNKNOWN


def _doubts(found: Resources, consent: Node, zone: tzinfo, now: datetime) -> Iterator[Doubt]:
    read, root = _consent(found, consent, zone), consent.at("provision")
    for doubtful, at, why in (
        (not read.active, consent.at("status"), "It is not active, so it permits and denies nothing."),
        (not read.privacy, consent.at("scope"), "It is not about privacy alone, so it permits and denies nothing."),
        (not read.span.holds(now), consent.at("dateTime"), "It has not begun, so it permits and denies nothing."),
        (not read.root.span.holds(now), root.at("period"), "Its time is not now, so it permits and denies nothing."),
        (rules_in(read.root) > MOST_RULES, root, "It has too many rules to be read, so nobody is told by it."),
    ):
        if doubtful:
            yield at, why
            return
    yield from _doubts_of_policy(consent, read)
    yield from _doubts_of(root, read.root)


def _doubts_of_policy(consent: Node, read: Consent) -> Iterator[Doubt]:
    """What was not understood of a Consent before its rules."""
    root, opts_out = consent.at("provision"), read.policy is Policy.OPT_OUT
    policy = consent.at("policyRule") or consent.at("policy")
    untyped = not read.root.type and not read.root.anybody and not opts_out
    for doubtful, at, why in (
        (read.policy is Policy.NONE, consent, "It names no policy (policyRule or policy), so it permits nothing."),
        (read.policy is Policy.UNKNOWN, policy, "Its policy is not known here, so it permits nothing."),
        (not read.verified, consent.at("verification"), "It was not verified, so it permits nothing."),
        (opts_out and read.root.type == "permit", root, "It opts out and permits in one rule: it counts as a no."),
        (untyped, root, "Its rule says neither permit nor deny."),
    ):
        if doubtful:
            yield at, why


def _doubts_of(provision: Node, rule: Rule) -> Iterator[Doubt]:
    """What was not understood of a rule and those within it."""
    for doubtful, at, why in (
        (Covers.UNKNOWN is rule.action, provision.at("action"), "What it lets be done is not known here."),
        (Covers.UNKNOWN is rule.purpose, provision.at("purpose"), "What it is for is not known here."),
        (rule.somebody, provision.at("actor"), "It names somebody who is not in the Bundle."),
        (_names_no_recipient(rule), provision.at("actor"), "It names nobody as a recipient, so it permits nothing."),
        (rule.type == "permit" and rule.limited, _limit(provision), "It is limited to a part, so it permits nothing."),
    ):
        if doubtful:
            yield at, why
    for inner, at in zip(rule.nested, provision.each("provision"), strict=True):
        if not inner.type:
            yield at, "Its exception says neither permit nor deny."
        yield from _doubts_of(at, inner)


def _names_no_recipient(rule: Rule) -> bool:
    return rule.type == "permit" and not rule.receiving and not (rule.anybody and rule.nested)


def _limit(provision: Node) -> Node:
    return next((provision.at(name) for name in LIMITS if provision.at(name)), NOWHERE)
