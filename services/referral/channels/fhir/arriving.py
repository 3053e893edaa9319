"""Takes a Bundle in: bytes to checked resources, which find each other by whatever kind of reference a sender uses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from carebus.web.fhir.nodes import NOWHERE, Node
from carebus.web.fhir.parsing import parsed, places
from carebus.web.fhir.refusing import Issue, NotReadable
from services.referral.channels.fhir.codes import HOSPICE, LOINC
from services.referral.channels.fhir.nodes import code_in
from services.referral.channels.fhir.required import refused_methods, unknown_codes

MOST_RESOURCES = 300
MOST_ISSUES = 50
TYPES = {"transaction", "message"}
READ = {
    "MessageHeader",
    "Task",
    "ServiceRequest",
    "Patient",
    "RelatedPerson",
    "Consent",
    "Condition",
    "Observation",
    "Coverage",
    "PractitionerRole",
    "Practitioner",
    "Organization",
}
"""What is read, and so has to be right. Whatever else a Bundle brings is kept with it as it came."""

SENTENCES = {
    "missing": ("required", "This is required."),
    "model_field_validation.missing": ("required", "This is required."),
    "extra_forbidden": ("structure", "Leave out elements that FHIR R4 does not define here."),
    "string_too_long": ("too-long", "This is longer than FHIR R4 allows."),
}
OTHERWISE = ("value", "Give what FHIR R4 defines for this element.")

FAILS_ITSELF = (AttributeError, LookupError, TypeError, ValueError)
"""What the library's own checks fail with on some values of a wrong type, such as a list for an address."""


@dataclass
class Resources:
    """The resources of a Bundle, in its order."""

    bundle: Node
    all: list[Node] = field(default_factory=list)
    _by_address: dict[str, list[Node]] = field(default_factory=dict)
    _base: dict[str, str] = field(default_factory=dict)
    _by_number: dict[tuple[str, str, str], list[Node]] = field(default_factory=dict)
    _entries: dict[str, Node] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Node]:
        """Those of these types."""
        return [node for node in self.all if node.kind in kinds]

    def entered(self, *kinds: str) -> list[Node]:
        """Those of these types that are entries: what another resource contains has no life of its own."""
        return [node for node in self.of(*kinds) if node.path in self._entries]

    def entry_of(self, resource: Node) -> Node:
        """The entry that a resource came in."""
        return self._entries.get(resource.path, NOWHERE)

    def referred(self, reference: Node) -> Node:
        """What a reference leads to in this Bundle: by urn, address, type and id, `#id` or identifier.

        Raises NotReadable for one that fits two: nobody guesses which is meant.
        """
        address = reference.at("reference").text.partition("/_history/")[0]
        root = self._root(reference)
        if address.startswith("#"):
            fits = self._by_address.get(root + address, [])
        else:
            based = self._by_address.get(self._base.get(root, "") + address) if address else None
            fits = based or self._by_address.get(address) or self._identified(reference, address)
        if any(each.value != fits[0].value for each in fits[1:]):
            rule = "Let this lead to one resource: two of this Bundle fit."
            raise NotReadable.because("multiple-matches", rule, reference.path)
        return fits[0] if fits else NOWHERE

    def hold(self, node: Node, entry: Node) -> None:
        """Take in the resource of an entry and what it contains."""
        self._add(node)
        self._entries[node.path] = entry
        full_url = entry.at("fullUrl").text
        typed = f"{node.kind}/{node.at('id').text}"
        for address in {full_url, typed if node.at("id") else ""} - {""}:
            self._by_address.setdefault(address, []).append(node)
        if full_url.endswith("/" + typed):
            self._base[node.path] = full_url.removesuffix(typed)
        for inner in node.each("contained"):
            self._by_address.setdefault(f"{node.path}#{inner.at('id').text}", []).append(inner)
            self._add(inner)

    def _add(self, node: Node) -> None:
        """Under each of its numbers, with and without its type and the number's system."""
        self.all.append(node)
        names = {
            (kind, system, each.at("value").text)
            for each in node.each("identifier")
            for system in {"", each.at("system").text}
            for kind in {"", node.kind}
            if each.at("value").text
        }
        for name in names:
            self._by_number.setdefault(name, []).append(node)

    def _root(self, reference: Node) -> str:
        """The path of the resource that an element is part of, as containing one if it is contained."""
        head, found, tail = reference.path.rpartition(".resource")
        return head + found if found and not tail.startswith("Type") else reference.path

    def _identified(self, reference: Node, address: str) -> list[Node]:
        """A logical reference, or a conditional one such as `Patient?identifier=system|value`."""
        kind, _, query = address.partition("?identifier=")
        system, _, value = query.rpartition("|")
        wanted = reference.at("identifier")
        system, value = (system, value) if value else (wanted.at("system").text, wanted.at("value").text)
        return self._by_number.get((kind or reference.at("type").text, system, value), [])


def take_in(raw: bytes) -> Resources:
    """The resources of the Bundle that these bytes are, each checked. Raises NotReadable."""
    body = parsed(raw)
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if kind != "Bundle":
        rule = "Send one Bundle of the type transaction or message."
        raise NotReadable.because("structure", rule, "Bundle", status=HTTPStatus.BAD_REQUEST)
    bundle = Node(body, "Bundle")
    found = Resources(bundle)
    issues = [*_issues(_envelope(bundle))]
    if not issues and bundle.at("type").text not in TYPES:
        issues = [Issue("not-supported", "Send a Bundle of the type transaction or message.", "Bundle.type")]
    if issues:
        raise NotReadable(issues, HTTPStatus.BAD_REQUEST)
    _hold_entries(found, bundle, deeper=True)
    if len(found.all) > MOST_RESOURCES:
        raise NotReadable.because(
            "too-costly",
            f"Send at most {MOST_RESOURCES} resources.",
            "Bundle.entry",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    issues = [*_entry_issues(found), *(issue for node in found.all for issue in _issues(node))][:MOST_ISSUES]
    if issues:
        raise NotReadable(issues)
    return found


def _hold_entries(found: Resources, bundle: Node, *, deeper: bool) -> None:
    """Take in a Bundle's entries, and those of a document inside it, as BSeR sends supporting information."""
    for entry in bundle.each("entry"):
        resource = entry.at("resource")
        if not isinstance(resource.value, dict):
            continue
        found.hold(resource, entry)
        if resource.kind == "Bundle" and deeper:
            _hold_entries(found, resource, deeper=False)


def _entry_issues(found: Resources) -> Iterator[Issue]:
    """What the entries have against them: methods that are not carried out, and one address given twice."""
    inner = [each for each in found.entered("Bundle") if each.at("type").text == "document"]
    for bundle in (found.bundle, *inner):
        taken: set[str] = set()
        for entry in bundle.each("entry"):
            yield from refused_methods(entry)
            address = entry.at("fullUrl").text
            if address in taken:
                yield Issue("duplicate", "Give each entry a fullUrl of its own.", f"{entry.path}.fullUrl")
            taken |= {address} - {""}


def _envelope(bundle: Node) -> Node:
    """The Bundle without its resources, which are checked one by one, so that unknown ones can pass."""
    entries = bundle.value.get("entry")
    if not isinstance(entries, list):
        return bundle
    return Node({**bundle.value, "entry": [_bare(each) for each in entries]}, bundle.path)


def _bare(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name not in {"resource", "response"}}


def _issues(node: Node) -> Iterator[Issue]:
    """What R4B's model of a resource has against it; R4 and R4B share all that is read here."""
    if node.kind not in READ | {"Bundle"} or (node.kind == "Bundle" and node.path != "Bundle") or is_unread(node):
        return
    checked = {name: value for name, value in node.value.items() if name != "contained"}
    try:
        get_fhir_model_class(node.kind).model_validate(checked)
    except ValidationError as why:
        for error in why.errors(include_input=False, include_url=False, include_context=False):
            code, rule = SENTENCES.get(error["type"], OTHERWISE)
            place = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
            yield Issue(code, rule, node.path + _path(place))
    except FAILS_ITSELF:
        yield Issue(*OTHERWISE, node.path)
    yield from unknown_codes(node)
    for path, _ in places(checked, node.path):
        if path.endswith(".modifierExtension"):
            yield Issue("extension", "Leave out modifier extensions: none is known here.", f"{path}[0]")


def is_unread(node: Node) -> bool:
    """Whether an Observation says something that nobody reads here."""
    return node.kind == "Observation" and code_in(node.at("code"), LOINC) != HOSPICE


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place if part != "root")
