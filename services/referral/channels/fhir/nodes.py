"""Concepts in what arrived: their codes and words, where each is said."""

from collections.abc import Iterator

from carebus.web.fhir.nodes import NOWHERE, Node
from services.referral.channels.fhir.codes import system_url


def codings(concept: Node) -> Iterator[tuple[str, str, Node]]:
    """System, code and place of every coding of a concept; a system has one name here, whatever it was called by."""
    for coding in concept.each("coding"):
        yield system_url(coding.at("system").text), coding.at("code").text, coding


def code_in(concept: Node, system: str) -> str:
    """A concept's code in one system, or nothing."""
    return next((code for of, code, _ in codings(concept) if of == system and code), "")


def known_codes(concept: Node, *systems: str) -> list[Node]:
    """Where a concept's codes of these systems are, with their words: what is known by its code is known by both."""
    known = [coding for system, code, coding in codings(concept) if code and (not systems or system in systems)]
    return [coding.at(name) for coding in known for name in ("code", "display")]


def said(concept: Node) -> Node:
    """Where a concept is said in words: its own, or those of a coding."""
    displays = (coding.at("display") for _, _, coding in codings(concept))
    return concept.at("text") if concept.at("text").text else next((each for each in displays if each.text), NOWHERE)


def words(concept: Node) -> str:
    """A concept in words: its own, or those of a coding."""
    return said(concept).text
