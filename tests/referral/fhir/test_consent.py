"""Who may be told: the table of consents, part by part and in all combinations, against a second reading of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import orjson
import pytest

from carebus.web.fhir.nodes import Node
from services.referral.channels.fhir import consent as rules
from services.referral.channels.fhir.arriving import Resources, take_in
from services.referral.channels.fhir.consents import consents_of
from tests.referral import bundles as b
from tests.referral.consents import (
    ACT,
    BASELINE,
    DAUGHTER,
    GRANTEE,
    GRANTOR,
    PARTS,
    PERMIT,
    RULE_PARTS,
    SCOPES,
    SON,
    Json,
    actor,
    bundle,
    consent,
    rule,
)
from tests.referral.read_as import broken, referral, warned
from tests.referral.samples import NOW


def told(*consents: Json, person: str = "k1", at: datetime = NOW) -> bool:
    """Whether this relative may be told."""
    found = take_in(orjson.dumps(bundle(*consents)))
    patient = next(each for each in found.of("Patient"))
    path = next(each.path for each in found.of("RelatedPerson") if each.at("id").text == person)
    return rules.permits(consents_of(found, patient), path, at)


def pairs() -> list[tuple[list[tuple[Json, bool, bool]], list[tuple[Json, bool, bool]]]]:
    """Every combination of a Consent's own parts, and every combination of a rule's parts."""
    whole = [*product(*PARTS.values())]
    of_rules = [*product(*RULE_PARTS.values())]
    first = [each[0] for each in PARTS.values()]
    return [([*each], BASELINE) for each in whole] + [(first, [*each]) for each in of_rules]


def merged(parts: list[tuple[Json, bool, bool]]) -> Json:
    found: Json = {}
    for changes, _, _ in parts:
        found |= changes
    return found


def read_alone(consents: list[Json]) -> list[rules.Consent]:
    """What the Consents of a Bundle say, without checking them as FHIR once more each time."""
    whole = Node(bundle(*consents), "Bundle")
    found = Resources(whole)
    for each in whole.each("entry"):
        found.hold(each.at("resource"), each)
    return consents_of(found, found.of("Patient")[0])


@pytest.fixture(scope="module")
def daughter() -> str:
    found = take_in(orjson.dumps(bundle()))
    return found.of("RelatedPerson")[0].path


@pytest.mark.parametrize("kind", ["permit", "deny"])
def test_a_rule_counts_only_where_every_part_of_the_table_lets_it(kind: str, daughter: str) -> None:
    open_permit = read_alone([consent(PERMIT)])
    column = 1 if kind == "permit" else 2
    for own, of_rule in pairs():
        said = consent({"type": kind, **merged(of_rule)}, **merged(own))
        counts = all(part[column] for part in (*own, *of_rule))
        read = read_alone([said])
        if kind == "permit":
            assert rules.permits(read, daughter, NOW) is counts, said
        else:
            assert rules.permits([*open_permit, *read], daughter, NOW) is not counts, said


NESTED = {
    "permit": PERMIT,
    "deny": rule("deny", actor(DAUGHTER)),
    "deny all": rule("deny"),
    "deny him": rule("deny", actor(SON)),
    "permit him": rule("permit", actor(SON)),
    "permit ended": rule("permit", actor(DAUGHTER), period={"end": "2026-03-01"}),
    "deny ended": rule("deny", actor(DAUGHTER), period={"end": "2026-03-01"}),
    "permit in part": rule("permit", actor(DAUGHTER), code=[{"text": "x"}]),
    "untyped": rule(None, actor(DAUGHTER)),
}
SAYS = {"permit": "permit", "deny": "deny", "deny all": "deny", "untyped": "doubt"}
ROOTS: dict[str, Json] = {
    "empty": {},
    "permit": PERMIT,
    "permit all": rule("permit"),
    "deny": rule("deny", actor(DAUGHTER)),
    "deny all": rule("deny"),
    "deny him": rule("deny", actor(SON)),
    "permit him": rule("permit", actor(SON)),
    "deny ended": rule("deny", period={"end": "2026-03-01"}),
}


def by_the_words(policy: str, root: str, nested: tuple[str, ...]) -> str:
    """What the README's paragraph on nesting says of the daughter."""
    if policy == "OPTOUT" and root.startswith("permit"):
        return "deny"  # contradicts itself
    if root in {"deny him", "permit him", "deny ended"}:
        return "nothing"
    base = {"permit": "permit", "deny": "deny", "deny all": "deny"}.get(root, "nothing")
    base = "deny" if policy == "OPTOUT" else base
    said = {SAYS.get(each, "nothing") for each in nested}
    if "deny" in said:
        return "deny"
    if "doubt" in said:
        return "deny" if base == "deny" else "doubt"
    return "permit" if "permit" in said else base


@pytest.mark.parametrize("policy", ["OPTIN", "OPTOUT"])
@pytest.mark.parametrize("root", ROOTS)
def test_a_nested_rule_stands_in_place_of_its_parent_where_that_applies(policy: str, root: str, daughter: str) -> None:
    open_permit = read_alone([consent(PERMIT)])
    for nested in [(), *product(NESTED), *product(NESTED, NESTED)]:
        provision = {**ROOTS[root], "provision": [NESTED[each] for each in nested]}
        read = read_alone([consent(provision, policyRule=b.concept(ACT, policy))])
        expected = by_the_words(policy, root, nested)
        assert rules.permits(read, daughter, NOW) is (expected == "permit"), (nested, expected)
        assert rules.permits([*open_permit, *read], daughter, NOW) is (expected != "deny"), (nested, expected)


def test_the_examples_of_the_table() -> None:
    opted_out = {"policyRule": b.concept(ACT, "OPTOUT")}
    nested = consent({"provision": [PERMIT]}, **opted_out)
    assert (told(nested), told(nested, person="k2")) == (True, False)
    without_him = consent({**PERMIT, "provision": [rule("deny", actor(SON))]})
    assert (told(without_him), told(without_him, person="k2")) == (True, False)
    assert told(consent(PERMIT), consent(rule("deny", actor(DAUGHTER)), status="inactive"))
    assert told(consent(PERMIT), consent(rule("deny", actor(DAUGHTER), period={"end": "2020"})))
    assert told(consent({**rule("deny"), "provision": [PERMIT]}))
    assert not told(consent(PERMIT, **opted_out))
    assert not told(consent(None))
    assert not told(consent(None, **opted_out), consent(PERMIT))
    assert not told()


@pytest.mark.parametrize(
    ("consents", "ends"),
    [
        ([consent(PERMIT)], None),
        ([consent({**PERMIT, "period": {"end": "2026-05-01"}})], datetime(2026, 5, 2, 4, tzinfo=UTC)),
        ([consent({**PERMIT, "period": {"end": "2026-05"}})], datetime(2026, 6, 1, 4, tzinfo=UTC)),
        ([consent({**PERMIT, "period": {"end": "2026"}}), consent(PERMIT)], None),
        ([consent({**PERMIT, "period": {"end": "2026-05-01"}}), consent({**PERMIT, "period": {"end": "2026-04-01"}})],
         datetime(2026, 5, 2, 4, tzinfo=UTC)),
        ([consent(PERMIT), consent(rule("deny", period={"start": "2026-07-01"}))], datetime(2026, 7, 1, 4, tzinfo=UTC)),
        ([consent({"provision": [{**PERMIT, "period": {"end": "2026-03-02"}}]}, policyRule=b.concept(ACT, "OPTOUT"))],
         datetime(2026, 3, 3, 5, tzinfo=UTC)),
        ([consent({**PERMIT, "period": {"end": "9999-12-31"}})], None),
    ],
)  # fmt: skip
def test_the_moment_travels_along_from_which_nobody_may_be_told(consents: list[Json], ends: datetime | None) -> None:
    contact = referral(bundle(*consents)).contact
    assert contact is not None
    assert (contact.full_name, contact.consented, contact.consent_ends) == ("Relative k1", True, ends)


def test_who_may_be_told_is_the_contact_though_another_is_named_first() -> None:
    contact = referral(bundle(consent(rule("permit", actor(SON, GRANTEE))))).contact
    assert contact is not None
    assert (contact.full_name, contact.consented) == ("Relative k2", True)


def test_without_any_permit_the_first_one_is_named_and_not_told() -> None:
    contact = referral(bundle()).contact
    assert contact is not None
    assert (contact.full_name, contact.consented, contact.consent_ends) == ("Relative k1", False, None)
    assert {"consented", "consent_ends"} <= contact.model_fields_set


@pytest.mark.parametrize(
    ("said", "place", "why"),
    [
        (consent(PERMIT, policyRule=None), "", "no policy"),
        (consent(PERMIT, policyRule=b.concept("urn:x", "y")), ".policyRule", "not known"),
        (consent(PERMIT, scope=b.concept(SCOPES, "research")), ".scope", "privacy"),
        (consent(PERMIT, status="inactive"), ".status", "not active"),
        (consent(PERMIT, patient=None), "", "whose"),
        (consent(PERMIT, dateTime="2026-03-03"), ".dateTime", "not begun"),
        (consent({**PERMIT, "period": {"end": "2020"}}), ".provision.period", "not now"),
        (consent(PERMIT, verification=[{"verified": False}]), ".verification", "verified"),
        (consent(PERMIT, policyRule=b.concept(ACT, "OPTOUT")), ".provision", "opts out and permits"),
        (consent(rule(None, actor(DAUGHTER))), ".provision", "neither permit nor deny"),
        (consent(rule("permit", actor(DAUGHTER, GRANTOR))), ".provision.actor", "recipient"),
        (consent({**PERMIT, "code": [{"text": "x"}]}), ".provision.code", "limited"),
        (consent({**PERMIT, "action": [b.concept("urn:x", "y")]}), ".provision.action", "not known"),
        (consent({**PERMIT, "provision": [rule(None)]}), ".provision.provision[0]", "neither"),
    ],
)
def test_a_consent_that_was_not_understood_is_told_with_its_place(said: Json, place: str, why: str) -> None:
    at = f"Bundle.entry[9].resource{place}"
    assert why in warned(bundle(said))[at]


def test_a_consent_that_was_understood_is_not_warned_of() -> None:
    assert warned(bundle(consent(PERMIT))) == {}
    assert warned(bundle(consent({"provision": [PERMIT]}, policyRule=b.concept(ACT, "OPTOUT")))) == {}


def test_too_many_rules_permit_nothing() -> None:
    many = consent({**PERMIT, "provision": [rule("deny", actor(SON))] * rules.MOST_RULES})
    assert not told(many)


@pytest.mark.parametrize("kind", ["Permit", "allow", ""])
def test_a_type_that_is_none_is_refused(kind: str) -> None:
    assert "Bundle.entry[9].resource.provision.type" in broken(bundle(consent(rule(kind, actor(DAUGHTER)))))
