"""Two records side by side: what each says in every field, how far that agrees, and what it adds to the weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carebus.contracts.event import patient_stream
from carebus.contracts.people import Person
from carebus.web.http import Parts
from services.referral import store
from services.referral.domain import Intake, Referral
from services.referral.domain.identity.records import Review, ReviewUnknown
from services.referral.domain.matching import GRADES, Match, Traits, match
from services.referral.domain.matching.combinations import NUMBERS
from services.referral.domain.matching.weights import prior

UNSAID = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One field: as stated now, as known, the level of agreement by its name, and its part of the weight."""

    field: str
    stated: str
    known: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Side:
    """A candidate, by that statement of theirs which agrees best."""

    patient_id: UUID
    referral: Referral
    match: Match
    lines: Sequence[Line]
    deceased: bool

    @property
    def person(self) -> Person:
        """The person as stated."""
        return self.referral.received.patient


@dataclass(frozen=True, slots=True)
class Compared:
    """A review with everything that a person needs to decide."""

    review: Review
    patient_id: UUID
    referral: Referral
    candidates: Sequence[Side]
    population_weight: float

    @property
    def person(self) -> Person:
        """The person as referred."""
        return self.referral.received.patient

    @property
    def everybody(self) -> list[UUID]:
        """All whose records are shown."""
        return [self.patient_id, *(each.patient_id for each in self.review.candidates)]


async def compared(parts: Parts, review_id: UUID) -> Compared:
    """One review. Raises ReviewUnknown."""
    async with parts.database.connection() as db:
        patient_id = await store.review_patient(db, review_id)
        if patient_id is None:
            raise ReviewUnknown
        review = (await store.identity_of(db, patient_id)).review(review_id)
        streams = {each.patient_id: patient_stream(each.patient_id) for each in review.candidates}
        own = patient_stream(patient_id)
        kept = await store.STATES[Intake].load(db, sorted({own, *streams.values()}))
        people = await store.population(db)
    referral = kept[own].referral(review.referral_id)
    proved = {each.patient_id for each in review.candidates if each.combination in NUMBERS}
    sides = [
        _side(referral, each, kept[stream], people, shared=each not in proved)
        for each, stream in streams.items()
        if stream in kept
    ]
    return Compared(review, patient_id, referral, sides, prior(people))


def _side(stated: Referral, patient_id: UUID, intake: Intake, people: int, *, shared: bool) -> Side:
    """`shared`: the member number proved nothing when it was looked for, since others have it too."""
    of = _traits(stated)
    judged = [(match(of, _traits(each), people, shared=shared), each) for each in intake.referrals]
    best, known = min(judged, key=lambda one: (GRADES.index(one[0].grade), -one[0].weight))
    said, was = shown(stated), shown(known)
    lines = [
        Line(field, said[field], was[field], level.name.lower(), best.parts[field])
        for field, level in best.agreed.items()
    ]
    return Side(patient_id, known, best, lines, any(each.received.died_on for each in intake.referrals))


def _traits(referral: Referral) -> Traits:
    received = referral.received
    return Traits.of(received.patient, received.payer, received.died_on)


def _formerly(person: Person) -> str:
    return f" (formerly {', '.join(person.former_names)})" if person.former_names else ""


def shown(referral: Referral) -> Mapping[str, str]:
    """Each compared field as it was written."""
    received, traits = referral.received, _traits(referral)
    person, payer, at = received.patient, received.payer, received.patient.address
    number = f"{payer.member_id} ({payer.name})" if payer and payer.member_id else UNSAID
    return {
        "given": person.given_name,
        "family": f"{person.family_name} {person.suffix}".strip() + _formerly(person),
        "born": f"{person.birth_date:%-d %B %Y}",
        "phone": person.phone or UNSAID,
        "email": person.email or UNSAID,
        "street": at.street,
        "place": f"{at.postal_code} {at.city}".strip(),
        "member": number if traits.member else UNSAID,
        "mbi": number if traits.mbi else UNSAID,
    }
