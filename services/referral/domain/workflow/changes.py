"""What a statement changes of what is known: leaf by leaf, each with its kind; what it leaves out keeps its value."""

from collections.abc import Callable, Iterable
from typing import Any

from carebus import folding
from carebus.contracts.event import Value
from carebus.contracts.people import Address
from carebus.contracts.referral import Priority, ReferralReceived
from services.referral.domain.organizations.names import name_key
from services.referral.domain.referring.conditions import conditions_in
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.referring.senders import Kind

PARTS = ("referrer", "patient", "clinical", "payer", "contact")
"""What is stated in parts, each of which may be left out."""

ALONE = (
    "priority",
    "diagnoses",
    "illness_in_own_words",
    "letter_code",
    "best_call_time",
    "died_on",
    "on_hospice",
    "referral_note",
    "requested_services",
)
"""What is stated as a whole."""

SAME_ONE = {"payer": "name", "contact": "full_name", "referrer": "organization"}
"""By which field a part is known again: another payer is stated anew, not mixed with the one before."""

_PERSON = {"given_name", "family_name", "birth_date", "sex", "suffix", "former_names"}
_CONSENT = {"contact.consented", "contact.consent_ends"}
_REACH = {"letter_code", "best_call_time"}
_KEPT = (
    "referral_id",
    "arrived_at",
    "received_at",
    "channel",
    "replaces",
    "placer_id",
    "placer_assigner",
    "raw_hash",
    "batch_id",
    "stated_at",
)
_FORMS: dict[str, Callable[[str], str]] = {
    "phone": folding.phone,
    "email": folding.email,
    **dict.fromkeys(("given_name", "family_name", "full_name", "name", "organization"), str.casefold),
}
"""How leaves are compared that people write in several ways."""

_NOT_A_LEAF = {"contact_id"}
_HOME = {"street", "city", "postal_code"}
"""Any of these states a home; a state alone is a part of the one that is known."""


def said_in(asked: DirectReferral) -> frozenset[str]:
    """What a statement says: the names of its leaves that hold something, such as `patient.phone`."""
    body = asked.model_dump(exclude_unset=True)
    alone = {name for name in ALONE if _holds(body.get(name))}
    parts = {f"{part}.{name}" for part in PARTS for name, value in (body.get(part) or {}).items() if _holds(value)}
    if "contact.consented" in parts:  # a consent that names no end has none
        parts.add("contact.consent_ends")
    return frozenset(alone | parts)


def merged(known: ReferralReceived, stated: ReferralReceived, said: frozenset[str]) -> ReferralReceived:
    """What is known when this statement counts: what it says, and of what it leaves out what was known before."""
    now: dict[str, Any] = {name: getattr(stated, name) for name in ALONE if name in said}
    for part in PARTS:
        names = [path.partition(".")[2] for path in said if path.startswith(f"{part}.")]
        if names:
            now[part] = _part(part, getattr(known, part), getattr(stated, part), names)
    return _with(known, now)


def changed_paths(known: ReferralReceived, new: ReferralReceived) -> tuple[str, ...]:
    """The leaves in which the two differ; a phone or a name that is only written otherwise is the same."""
    before, after = leaves(known), leaves(new)
    paths = sorted(before.keys() | after.keys())
    return tuple(path for path in paths if _form(path, before.get(path)) != _form(path, after.get(path)))


def leaves(received: ReferralReceived) -> dict[str, Any]:
    """Every leaf that holds something, by its name."""
    found = {name: getattr(received, name) for name in ALONE}
    for part in PARTS:
        of = getattr(received, part)
        names = type(of).model_fields if of is not None else ()
        found |= {f"{part}.{name}": getattr(of, name) for name in names if name not in _NOT_A_LEAF}
    return {path: value for path, value in found.items() if _holds(value)}


def take(known: ReferralReceived, new: ReferralReceived, paths: Iterable[str]) -> ReferralReceived:
    """What is known, with these leaves as the other one has them."""
    wanted = set(paths)
    now: dict[str, Any] = {name: getattr(new, name) for name in ALONE if name in wanted}
    for part in PARTS:
        names = [path.partition(".")[2] for path in wanted if path.startswith(f"{part}.")]
        if names:
            now[part] = _taken(getattr(known, part), getattr(new, part), names)
    return _with(known, now)


def is_another(part: str, one: Any, other: Any) -> bool:
    """Whether two payers, loved ones or referrers are not the same one, however each is written."""
    name = SAME_ONE[part]
    return name_key(getattr(one, name)) != name_key(getattr(other, name))


def of_the_same(known: ReferralReceived, corrected: ReferralReceived) -> ReferralReceived:
    """What the office corrected by hand, as a whole; what belongs to the referral, and what no form shows, stays."""
    kept: dict[str, Any] = {name: getattr(known, name) for name in _KEPT}
    if corrected.contact is not None:
        ends = known.contact.consent_ends if known.contact else None
        contact = under_its_id(known.contact, corrected.contact)
        kept["contact"] = contact.model_copy(update={"consent_ends": contact.consent_ends or ends})
    former = corrected.patient.former_names or known.patient.former_names
    kept["patient"] = corrected.patient.model_copy(update={"former_names": former})
    return corrected.model_copy(update=kept)


def under_its_id(known: Any, stated: Any) -> Any:
    """The loved one as stated now, under the id that they have already."""
    kept = getattr(known, "contact_id", None)
    return stated.model_copy(update={"contact_id": kept}) if kept else stated


def kind_of(path: str, known: ReferralReceived, new: ReferralReceived) -> Kind:
    """What a change of this leaf is about."""
    part, _, name = path.partition(".")
    if path == "priority":
        raised = new.priority is Priority.URGENT and known.priority is not Priority.URGENT
        return Kind.CLINICAL if raised else Kind.LOWER_URGENCY
    if path in _CONSENT:
        return Kind.CONSENT
    if part == "patient" and name in _PERSON:
        return Kind.PERSON
    if path in _REACH or part in {"patient", "referrer", "contact"}:
        return Kind.REACH
    return {"payer": Kind.COVERAGE, "died_on": Kind.DEATH}.get(part, Kind.CLINICAL)


def top(paths: Iterable[str]) -> tuple[str, ...]:
    """The fields that these leaves are of, in the order of a referral."""
    names = {path.partition(".")[0] for path in paths}
    return tuple(name for name in ReferralReceived.model_fields if name in names)


def _form(path: str, value: Any) -> Any:
    """A leaf in the one form in which two of it are compared."""
    last = path.rpartition(".")[2]
    if not isinstance(value, str) or last not in _FORMS:
        return value
    return _FORMS[last](value) or value


def _holds(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds(each) for each in value.values())
    if isinstance(value, Address):
        return value != Address()
    return value not in (None, "", (), [])


def _part(part: str, known: Any, stated: Any, names: list[str]) -> Any:
    same = SAME_ONE.get(part)
    another = same is not None and known is not None and is_another(part, known, stated)
    if known is None or another:
        return under_its_id(known, stated)
    return known.model_copy(update={name: _leaf(getattr(known, name), getattr(stated, name)) for name in names})


def _taken(known: Any, new: Any, names: list[str]) -> Any:
    if known is not None and new is not None:
        return known.model_copy(update={name: getattr(new, name) for name in names})
    if new is None or "consented" not in type(new).model_fields or "consented" in names:
        return new
    return new.model_copy(update={"consented": False})  # the loved one is new, and the consent still waits


def _leaf(known: Any, stated: Any) -> Any:
    """The leaf as stated; of an address without a home, what is known of it stays."""
    if not isinstance(stated, Address) or any(getattr(stated, name) for name in _HOME):
        return stated
    return known.model_copy(update={name: text for name, text in stated if text})


def _with(known: ReferralReceived, now: dict[str, Any]) -> ReferralReceived:
    if "diagnoses" in now:
        now["conditions"] = conditions_in(now["diagnoses"])
    return known.model_copy(update=now)


def said_of(value: Any) -> str:
    """A leaf in words, for a person who compares two."""
    if isinstance(value, Value):
        return ", ".join(str(each) for _, each in value if _holds(each))
    if isinstance(value, tuple):
        return "; ".join(said_of(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
