"""Reads the loved one: whom the person's Consents permit to be told, else the first one named."""

from datetime import datetime

from carebus.web.fhir.nodes import Node, first
from services.referral.channels.fhir import consent
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import RELATIONSHIPS, ROLES
from services.referral.channels.fhir.consents import consents_of, doubts
from services.referral.channels.fhir.nodes import codings, said
from services.referral.channels.fhir.people import preferred_name, spoken_name, state_reach, state_tongue
from services.referral.channels.fhir.periods import in_force, zone_of
from services.referral.channels.fhir.stating import Stating


def state_contact(stating: Stating, found: Resources, patient: Node, now: datetime) -> None:
    """The loved one, and whether the person's Consents permit that they are told, and until when."""
    consents = consents_of(found, patient)
    for at, why in doubts(found, patient, now):
        stating.warn(at, why, "not-supported")
    related = [each for each in found.of("RelatedPerson") if found.referred(each.at("patient")) == patient]
    stating.follow(*(each.at("patient") for each in related))
    still = [each for each in related if each.at("active").value is not False and _is_still(each, patient, now)]
    told = [each for each in still if consent.permits(consents, each.path, now)]
    person = first([*told, *still])
    if person:
        _state(stating, person, now)
        ends = consent.ends(consents, person.path, now) if told else None
        # Said also where it is nothing: what is left out would keep the value of another person or another day.
        stating.body["contact"] |= {"consented": bool(told), "consent_ends": ends}


def _is_still(related: Node, patient: Node, now: datetime) -> bool:
    return in_force(related, now, zone_of(patient))


def _relationship(relation: Node) -> tuple[str, Node]:
    """What somebody is to the person, and where that is said: in words, by a code that is known, or by its words."""
    if relation.at("text").text:
        return relation.at("text").text, relation.at("text")
    for system, code, at in codings(relation):
        if system == ROLES and code.upper() in RELATIONSHIPS:
            return RELATIONSHIPS[code.upper()], at.at("code")
    return said(relation).text or "other", said(relation)


def _state(stating: Stating, person: Node, now: datetime) -> None:
    stating.begin("contact", person)
    stating.use(person.at("active"))
    spoken, at = spoken_name(preferred_name(person, now))
    stating.put("contact.full_name", spoken, first(at))
    stating.use(*at)
    stating.place("contact.full_name", person.at("name"))
    stating.put("contact.relationship", *_relationship(first(person.each("relationship"))))
    stating.place("contact.relationship", person.at("relationship"))
    state_reach(stating, "contact", person, now)
    state_tongue(stating, "contact", person)
