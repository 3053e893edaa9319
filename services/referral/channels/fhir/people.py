"""Reads the people of a referral: who is referred, who refers, and the loved one."""

import re

from carebus.contracts.people import ReferrerKind
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import (
    IDENTIFIER_TYPES,
    LANGUAGES,
    NPI,
    NPI_TYPE,
    ORGANIZATION_TYPES,
    REFERRERS,
    RELATIONSHIPS,
    ROLES,
    TIME_ZONE,
)
from services.referral.channels.fhir.nodes import NOWHERE, Node, code_in, codings, first, words
from services.referral.channels.fhir.refusing import NotReadable
from services.referral.channels.fhir.stating import Stating

_NAMES = ("official", "usual", "", "temp", "nickname", "anonymous", "old", "maiden")
_ADDRESSES = ("home", "", "temp", "billing", "work", "old")
_KINDS = {"Patient": ReferrerKind.PERSON, "RelatedPerson": ReferrerKind.FAMILY}
_RANK = re.compile(r"[0-9]{1,9}")
_LAST = 99
_SELF = "Self-referral"
_BY_FAMILY = "Referred by family"


def state_patient(stating: Stating, patient: Node) -> None:
    """The person who is referred."""
    stating.begin("patient", patient)
    name = _preferred(patient.each("name"), _NAMES) or patient.at("name")
    stating.put("patient.given_name", _joined(name, "given"), name.at("given"))
    stating.put("patient.family_name", name.at("family").text, name.at("family"))
    stating.put("patient.suffix", _joined(name, "suffix"), name.at("suffix"))
    stating.put("patient.birth_date", patient.at("birthDate").text, patient.at("birthDate"))
    stating.put("patient.sex", patient.at("gender").text, patient.at("gender"))
    _state_reach(stating, "patient", patient)
    _state_tongue(stating, "patient", patient)
    _state_address(stating, _preferred(patient.each("address"), _ADDRESSES))
    if died := patient.at("deceasedDateTime"):
        stating.put("died_on", died.text[:10], died)
    elif patient.at("deceasedBoolean").value is True:
        rule = "Give the date of death as deceasedDateTime."
        raise NotReadable.because("value", rule, patient.at("deceasedBoolean").path)


def state_referrer(stating: Stating, found: Resources, task: Node, order: Node) -> None:
    """Who refers: the requester with the role and organization that it leads to, or who sent the message."""
    header = first(found.of("MessageHeader"))
    askers = (order.at("requester"), task.at("requester"), header.at("sender"), header.at("author"))
    asked = first(askers, askers[0])
    who = found.referred(asked)
    role = who if who.kind == "PractitionerRole" else NOWHERE
    person = found.referred(role.at("practitioner")) if role else who
    organization = found.referred(role.at("organization")) if role else who
    person = person if person.kind == "Practitioner" else NOWHERE
    organization = organization if organization.kind == "Organization" else NOWHERE
    stating.begin("referrer", who or asked)
    named, at = _organization(asked, who, role, organization, header)
    stating.put("referrer.organization", named, at)
    name = _preferred(person.each("name"), _NAMES)
    spoken = name.at("text").text or " ".join(filter(None, (_joined(name, "given"), name.at("family").text)))
    stating.put("referrer.name", spoken or role.at("practitioner", "display").text, name or role)
    npi = first(_numbers(person)) or first(_numbers(organization))
    stating.put("referrer.npi", npi.text, npi)
    for reached in (organization, person, role):
        _state_reach(stating, "referrer", reached)
    kinds = (REFERRERS.get(code) for each in organization.each("type") for _, code, _ in _typed(each))
    kind = _KINDS.get(who.kind) or next(filter(None, kinds), None) or (ReferrerKind.PROVIDER if npi else None)
    stating.put("referrer.kind", kind, organization.at("type"))


def state_contact(stating: Stating, found: Resources, patient: Node) -> None:
    """The loved one: whom a Consent permits to be told, else the first one named."""
    related = [each for each in found.of("RelatedPerson") if found.referred(each.at("patient")) == patient]
    permitted = _permitted(found)
    person = next((each for each in related if each.path in permitted), first(related))
    if not person:
        return
    stating.begin("contact", person)
    name = _preferred(person.each("name"), _NAMES)
    spoken = name.at("text").text or " ".join(filter(None, (_joined(name, "given"), name.at("family").text)))
    stating.put("contact.full_name", spoken, person.at("name"))
    relation = first(person.each("relationship"))
    known = RELATIONSHIPS.get(code_in(relation, ROLES).upper(), "")
    said = relation.at("text").text or known or words(relation) or "other"
    stating.put("contact.relationship", said, person.at("relationship"))
    _state_reach(stating, "contact", person)
    _state_tongue(stating, "contact", person)
    stating.put("contact.consented", person.path in permitted, person)


def _permitted(found: Resources) -> set[str]:
    """The people whom an active Consent permits to be told."""
    consents = [each for each in found.of("Consent") if each.at("status").text == "active"]
    permits = [each.at("provision") for each in consents if each.at("provision", "type").text == "permit"]
    return {found.referred(actor.at("reference")).path for permit in permits for actor in permit.each("actor")}


def _organization(asked: Node, who: Node, role: Node, organization: Node, header: Node) -> tuple[str, Node]:
    """What the organization is called, and where that is said; a person who refers is never named in its place."""
    if who.kind == "Patient":
        return _SELF, who
    if who.kind == "RelatedPerson":
        return _BY_FAMILY, who
    said = [
        organization.at("name"),
        role.at("organization", "display"),
        asked.at("display"),
        header.at("source", "name"),
    ]
    return next(((each.text, each) for each in said if each.text), ("", organization or asked))


def _numbers(resource: Node) -> list[Node]:
    return [
        each.at("value")
        for each in resource.each("identifier")
        if each.at("system").text == NPI or code_in(each.at("type"), IDENTIFIER_TYPES) == NPI_TYPE
    ]


def _typed(concept: Node) -> list[tuple[str, str, Node]]:
    return [each for each in codings(concept) if each[0] == ORGANIZATION_TYPES]


def _state_reach(stating: Stating, part: str, of: Node) -> None:
    """Phone and e-mail, the preferred ones; what was said before gives way to what is nearer to the person."""
    ranked = sorted(of.each("telecom"), key=lambda each: (each.at("use").text == "old", _rank(each.at("rank"))))
    for system, field in (("phone", "phone"), ("email", "email")):
        reach = next(
            (each.at("value") for each in ranked if each.at("system").text == system and each.at("value").text), None
        )
        if reach:
            stating.put(f"{part}.{field}", reach.text, reach)


def _rank(rank: Node) -> float:
    """How preferred this is, 1 most; a number written as text is one too, since R4B's model lets it pass."""
    if isinstance(rank.value, int | float):
        return rank.value
    return int(rank.text) if _RANK.fullmatch(rank.text) else _LAST


def _state_tongue(stating: Stating, part: str, of: Node) -> None:
    """Language and time zone."""
    spoken = sorted(of.each("communication"), key=lambda each: each.at("preferred").value is not True)
    language = first(spoken).at("language")
    tag = code_in(language, LANGUAGES) or next((code for _, code, _ in codings(language)), "")
    head, dash, rest = tag.partition("-")
    stating.put(f"{part}.language", head.lower() + dash + rest, language)
    zone = next((each.at("valueCode") for each in of.each("extension") if each.at("url").text == TIME_ZONE), NOWHERE)
    stating.put(f"{part}.time_zone", zone.text, zone)


def _state_address(stating: Stating, address: Node) -> None:
    stating.put("patient.address.street", _joined(address, "line", ", "), address.at("line"))
    for field, name in (("city", "city"), ("state", "state"), ("postal_code", "postalCode")):
        stating.put(f"patient.address.{field}", address.at(name).text, address.at(name))


def _preferred(nodes: list[Node], uses: tuple[str, ...]) -> Node:
    order = {use: n for n, use in enumerate(uses)}
    return first(sorted(nodes, key=lambda each: order.get(each.at("use").text, len(order))))


def _joined(node: Node, name: str, between: str = " ") -> str:
    return between.join(each.text for each in node.each(name) if each.text)
