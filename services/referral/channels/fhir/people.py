"""Reads the people of a referral: who is referred, and who refers."""

import re
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter, ValidationError

from carebus.contracts.people import ReferrerKind
from carebus.web.fhir.nodes import NOWHERE, Node, first
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import (
    FORMER,
    IDENTIFIER_TYPES,
    LANGUAGES,
    NPI,
    NPI_TYPE,
    ORGANIZATION_TYPES,
    REFERRERS,
    TIME_ZONE,
    system_url,
)
from services.referral.channels.fhir.focus import Focus
from services.referral.channels.fhir.nodes import code_in, codings, known_codes
from services.referral.channels.fhir.periods import in_force, zone_of
from services.referral.channels.fhir.stating import Stating
from services.referral.domain.referring import fields
from services.referral.domain.referring.requests import MOST_FORMER_NAMES

_NAMES = ("official", "usual", "", "temp", "nickname", "anonymous", "old", "maiden")
_ADDRESSES = ("home", "", "temp", "billing", "work")
_KINDS = {"Patient": ReferrerKind.PERSON, "RelatedPerson": ReferrerKind.FAMILY}
_RANK = re.compile(r"[0-9]{1,9}")
_BOX = re.compile(r"\W*(p\W*o\W*(box\b|b\W*\d)|post\s+office\s+box|apartado\b|box\s+#?\d+\s*$)", re.IGNORECASE)
_LAST = 99
_SELF = "Self-referral"
_BY_FAMILY = "Referred by family"
_A_NPI: TypeAdapter[str] = TypeAdapter(fields.Npi)


def state_patient(stating: Stating, patient: Node, now: datetime) -> None:
    """The person who is referred."""
    stating.begin("patient", patient)
    name = preferred_name(patient, now) or patient.at("name")
    stating.put("patient.given_name", joined(name, "given"), name.at("given"))
    stating.put("patient.family_name", name.at("family").text, name.at("family"))
    stating.put("patient.suffix", joined(name, "suffix"), name.at("suffix"))
    _state_former(stating, patient.each("name"), name)
    stating.put("patient.birth_date", patient.at("birthDate").text, patient.at("birthDate"))
    stating.put("patient.sex", patient.at("gender").text, patient.at("gender"))
    state_reach(stating, "patient", patient, now)
    state_tongue(stating, "patient", patient)
    _state_address(stating, home(patient, now))
    if died := patient.at("deceasedDateTime"):
        stating.put("died_on", died.text[:10], died if died.text == died.text[:10] else NOWHERE)
        stating.place("died_on", died)
    elif patient.at("deceasedBoolean").value is True:
        rule = "Give the date of death as deceasedDateTime."
        raise NotReadable.because("value", rule, patient.at("deceasedBoolean").path)


def _state_former(stating: Stating, names: list[Node], current: Node) -> None:
    """Family names borne before: of names that are said to be old, or a maiden name."""
    former: dict[str, Node] = {}
    for each in names:
        family = each.at("family")
        if each.at("use").text in FORMER and family.text and family.text != current.at("family").text:
            former.setdefault(family.text, family)
    kept = [*former.items()][:MOST_FORMER_NAMES]
    stating.use(*(at for _, at in kept))
    stating.put("patient.former_names", [family for family, _ in kept], NOWHERE)
    for n, (_, at) in enumerate(kept):
        stating.place(f"patient.former_names.{n}", at)


def state_referrer(stating: Stating, found: Resources, focus: Focus, now: datetime) -> None:
    """Who refers: the requester with the role and organization that it leads to, or who sent the message."""
    asked, who, role, person, through, organization = _asking(found, focus)
    stating.begin("referrer", who or asked)
    stating.follow(asked, role.at("practitioner"), through)
    stating.follow(*(each for each in _askers(found, focus) if who and found.referred(each) == who))
    stating.put("referrer.organization", *organization_of(found, focus))
    name = preferred_name(person, now)
    spoken, at = spoken_name(name)
    stating.put("referrer.name", spoken or role.at("practitioner", "display").text, NOWHERE)
    stating.place("referrer.name", name or role)
    stating.use(*(at if spoken else [role.at("practitioner", "display")]))
    npi = _state_npi(stating, [*_numbers(person), *_numbers(organization)])
    for reached in (organization, person, role):
        state_reach(stating, "referrer", reached, now)
    typed = [(REFERRERS[code], at) for each in organization.each("type") for code, at in _typed(each)]
    stating.use(*(at.at(name) for _, at in typed[:1] for name in ("code", "display")))
    kind = _KINDS.get(who.kind) or next((kind for kind, _ in typed), None) or (ReferrerKind.PROVIDER if npi else None)
    stating.put("referrer.kind", kind, NOWHERE)
    stating.place("referrer.kind", organization.at("type"))


def organization_of(found: Resources, focus: Focus) -> tuple[str, Node]:
    """What the referring organization is called, and where that is said; no person is named in its place."""
    asked, who, _, _, through, organization = _asking(found, focus)
    if who.kind == "Patient":
        return _SELF, NOWHERE
    if who.kind == "RelatedPerson":
        return _BY_FAMILY, NOWHERE
    said = [
        organization.at("name"),
        through.at("display"),
        asked.at("display"),
        first(found.entered("MessageHeader")).at("source", "name"),
    ]
    at = next((each for each in said if each.text), organization or asked)
    return at.text, at


def _asking(found: Resources, focus: Focus) -> tuple[Node, Node, Node, Node, Node, Node]:
    """The reference to who asks, what it leads to, and the role and the person found there.

    Then the reference to the organization, and the organization itself.
    """
    askers = _askers(found, focus)
    asked = first(askers, askers[0])
    who = found.referred(asked)
    role = who if who.kind == "PractitionerRole" else _role_of(found, who)
    person = found.referred(role.at("practitioner")) if role else who
    person = person if person.kind == "Practitioner" else NOWHERE
    through = role.at("organization") if role else asked
    if who.kind in {"Practitioner", "PractitionerRole"} and not role.at("organization"):  # whose record is sent
        through = found.referred(focus.order.at("subject") or focus.task.at("for")).at("managingOrganization")
    organization = found.referred(through)
    return asked, who, role, person, through, organization if organization.kind == "Organization" else NOWHERE


def _role_of(found: Resources, who: Node) -> Node:
    """The role in which somebody asks, if the Bundle has one, or several for one organization: nobody guesses."""
    if who.kind != "Practitioner":
        return NOWHERE
    roles = [
        each
        for each in found.of("PractitionerRole")
        if each.at("organization") and each.at("active").value is not False
        if found.referred(each.at("practitioner")) == who
    ]
    places = [found.referred(each.at("organization")) or each.at("organization") for each in roles]
    return roles[0] if roles and all(each.value == places[0].value for each in places) else NOWHERE


def _askers(found: Resources, focus: Focus) -> tuple[Node, ...]:
    header = first(found.entered("MessageHeader"))
    return (focus.order.at("requester"), focus.task.at("requester"), header.at("sender"), header.at("author"))


def _state_npi(stating: Stating, numbers: list[Node]) -> bool:
    """The first number that can be one; whoever mistypes a check digit is told, and refers all the same."""
    for each in numbers:
        try:
            _A_NPI.validate_python(each.at("value").text)
        except ValidationError:
            stating.warn(each.at("value"), "This can't be a National Provider Identifier, so it was left out.", "value")
            continue
        stating.put("referrer.npi", each.at("value").text, each.at("value"))
        stating.use(*known_codes(each.at("type"), IDENTIFIER_TYPES))
        return True
    return False


def _numbers(resource: Node) -> list[Node]:
    return [
        each
        for each in resource.each("identifier")
        if each.at("value").text
        and (system_url(each.at("system").text) == NPI or code_in(each.at("type"), IDENTIFIER_TYPES) == NPI_TYPE)
    ]


def _typed(concept: Node) -> list[tuple[str, Node]]:
    return [(code, at) for system, code, at in codings(concept) if system == ORGANIZATION_TYPES and code in REFERRERS]


def state_reach(stating: Stating, part: str, of: Node, now: datetime) -> None:
    """Phone and e-mail, the preferred ones of today; what was said before gives way to what is nearer to the person."""
    today = [each for each in of.each("telecom") if each.at("use").text != "old" and in_force(each, now, zone_of(of))]
    ranked = sorted(today, key=lambda each: _rank(each.at("rank")))
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


def state_tongue(stating: Stating, part: str, of: Node) -> None:
    """Language and time zone."""
    spoken = first(sorted(of.each("communication"), key=lambda each: each.at("preferred").value is not True))
    codes = [(system, code, at) for system, code, at in codings(spoken.at("language")) if code]
    _, tag, at = next((each for each in codes if each[0] == LANGUAGES), codes[0] if codes else ("", "", NOWHERE))
    head, dash, rest = tag.partition("-")
    stating.put(f"{part}.language", head.lower() + dash + rest, at.at("code"))
    stating.place(f"{part}.language", spoken.at("language"))
    stating.use(at.at("system"), *([spoken.at("preferred")] if tag else []))
    zone = next((each for each in of.each("extension") if each.at("url").text == TIME_ZONE), NOWHERE)
    stating.put(f"{part}.time_zone", zone.at("valueCode").text, zone.at("valueCode"))
    stating.use(*([zone.at("url")] if zone.at("valueCode").text else []))


def _state_address(stating: Stating, address: Node) -> None:
    stating.put("patient.address.street", joined(address, "line", ", "), address.at("line"))
    for field, name in (("city", "city"), ("state", "state"), ("postal_code", "postalCode")):
        stating.put(f"patient.address.{field}", address.at(name).text, address.at(name))


def preferred_name(person: Node, now: datetime) -> Node:
    """The name that somebody bears today; where all have ended, the one that was borne."""
    names = person.each("name")
    return preferred([each for each in names if in_force(each, now, zone_of(person))] or names, _NAMES)


def spoken_name(name: Node) -> tuple[str, list[Node]]:
    """A name in one line, and the places that it was read at."""
    if name.at("text").text:
        return name.at("text").text, [name.at("text")]
    read = [each for each in (name.at("given"), name.at("family")) if each]
    return " ".join(filter(None, (joined(name, "given"), name.at("family").text))), read


def home(person: Node, now: datetime) -> Node:
    """The address of today where somebody can be visited; a post office box is none, nor is where they once lived."""
    lived_at = partial(in_force, at=now, zone=zone_of(person))
    homes = [each for each in person.each("address") if each.at("use").text != "old" and lived_at(each)]
    return preferred(sorted(filter(_is_a_place, homes), key=lambda each: each.at("type").text == "postal"), _ADDRESSES)


def _is_a_place(address: Node) -> bool:
    lines = [each.text for each in address.each("line") if each.text]
    return not lines or not all(_BOX.match(line) for line in lines)


def preferred(nodes: list[Node], uses: tuple[str, ...]) -> Node:
    """The node whose use comes first."""
    order = {use: n for n, use in enumerate(uses)}
    return first(sorted(nodes, key=lambda each: order.get(each.at("use").text, len(order))))


def joined(node: Node, name: str, between: str = " ") -> str:
    """The repetitions of an element in one line."""
    return between.join(each.text for each in node.each(name) if each.text)
