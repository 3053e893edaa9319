"""One person's wishes as a FHIR document: a composition of agents, preferences and documents, with all it names."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from carebus.contracts.wishes import Agent, AgentPower, KnownWish
from carebus.web.fhir.resources import (
    Json,
    Resources,
    bundle,
    clean,
    concept,
    instant,
    narrative,
    patient,
)
from services.wishes.channels.fhir import codes as c
from services.wishes.domain.documents.document import Document
from services.wishes.domain.summarising import topics
from services.wishes.domain.wishes import Wishes

MEDIA_TYPE = "application/fhir+json"
CUSTODIAN = "Carebus home-based palliative care"


def collection(patient_id: UUID, wishes: Wishes, now: datetime) -> Json:
    """What stands, as a document of type `personal advance care plan`."""
    assert wishes.patient is not None, "whose wishes are kept is known"
    about, resources = Resources(), Resources()
    subject = patient(resources, patient_id, wishes.patient)
    custodian = resources.add(uuid5(patient_id, "custodian"), {"resourceType": "Organization", "name": CUSTODIAN})
    documents = {one.document_id: _document(resources, one, subject, custodian) for one in wishes.documents}
    standing = [one for topic in topics(wishes) for one in topic.known]
    preferences = [_preference(resources, one, subject, documents, patient_id) for one in standing]
    agents = [_agent(resources, one, subject, wishes) for one in wishes.agents]
    about.add(
        uuid5(patient_id, f"composition/{now.isoformat()}"),
        {
            "resourceType": "Composition",
            "status": "final",
            "type": concept(c.LOINC, *c.PLAN),
            "subject": subject,
            "date": instant(now),
            "author": [custodian],
            "custodian": custodian,
            "title": "Advance care planning",
            "section": [
                _section("Health care agents", c.AGENT, agents, [_of_agent(one) for one in wishes.agents]),
                _section("Preferences", c.CARE_EXPERIENCE, preferences, [_of_wish(one) for one in standing]),
                _section("Documents", c.ADDITIONAL, list(documents.values()), [c.NOTICE] if documents else []),
            ],
        },
    )
    made_id = uuid5(patient_id, f"wishes/{now.isoformat()}")
    return bundle("document", made_id, [*about.entries(), *resources.entries()], now)


def _section(title: str, code: tuple[str, str], entries: Sequence[Json], lines: Sequence[str]) -> Json:
    """What nobody has said is empty for a reason: not asked, and never "none", as ADI wants it of an empty section."""
    section = {"title": title, "code": concept(c.LOINC, *code), "text": narrative(lines or ["Not known yet."])}
    if entries:
        return section | {"entry": list(entries)}
    return section | {"emptyReason": concept(c.EMPTY_REASON, "notasked", "Not Asked")}


def _document(resources: Resources, document: Document, subject: Json, custodian: Json) -> Json:
    code = c.KINDS[document.kind]
    return resources.add(
        document.document_id,
        clean(
            {
                "resourceType": "DocumentReference",
                "status": "current",
                "docStatus": c.DOC_STATUS[document.status],
                "type": concept(*code),
                "category": [concept(c.LOINC, *c.ADVANCE_DIRECTIVES)],
                "subject": subject,
                "date": instant(document.filed_at),
                "custodian": custodian,
                "content": [{"attachment": {"title": document.kind.replace("_", " ")}}],
            }
        ),
    )


def _preference(
    resources: Resources, known: KnownWish, subject: Json, documents: dict[UUID, Json], patient_id: UUID
) -> Json:
    statement = known.statement
    source = documents.get(known.source_id)
    return resources.add(
        uuid5(patient_id, f"{known.source_id}/{statement.topic}"),
        clean(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": concept(*c.TOPICS[statement.topic], text=statement.topic.replace("_", " ")),
                "subject": subject,
                "effectiveDateTime": known.stated_on.isoformat(),
                "valueCodeableConcept": concept(
                    *c.CHOICES[statement.choice], text=statement.words or statement.choice.replace("_", " ")
                ),
                "derivedFrom": [source] if source else [],
            }
        ),
    )


def _agent(resources: Resources, agent: Agent, subject: Json, wishes: Wishes) -> Json:
    """The agent as a related person, and what they may decide as a consent; what is not named is denied."""
    person = resources.add(
        agent.agent_id,
        clean(
            {
                "resourceType": "RelatedPerson",
                "active": True,
                "patient": subject,
                "relationship": [concept(c.ROLE_CODE, "HPOWATT", "healthcare power of attorney")],
                "name": [{"text": agent.full_name}],
                "telecom": [{"system": "phone", "value": agent.phone}] if agent.phone else [],
            }
        ),
    )
    return resources.add(uuid5(agent.agent_id, "consent"), _consent(agent, person, subject, wishes))


def _consent(agent: Agent, person: Json, subject: Json, wishes: Wishes) -> Json:
    denied = [one for one in AgentPower if one not in agent.powers]
    actor = {"role": concept(c.ROLE_CLASS, "AGNT", "agent"), "reference": person}
    provision = {
        "type": "permit",
        "actor": [actor],
        "action": [concept(c.POWERS, one.value, text=one.replace("_", " ")) for one in agent.powers],
        "purpose": [{"system": c.ACT_REASON, "code": "PWATRNY"}],
        "provision": [{"type": "deny", "action": [concept(c.POWERS, one.value) for one in denied]}] if denied else [],
    }
    return {
        "resourceType": "Consent",
        "status": "active" if wishes.incapacity else "proposed",
        "scope": concept(c.CONSENT_SCOPE, "adr", "Advanced Care Directive"),
        "category": [concept(c.LOINC, *c.AGENT_CONSENT)],
        "patient": subject,
        "policy": [{"uri": c.POLICY}],
        "provision": clean(provision),
    }


def _of_agent(agent: Agent) -> str:
    powers = ", ".join(one.replace("_", " ") for one in agent.powers)
    limits = f"; not: {agent.limits}" if agent.limits else ""
    return f"{agent.full_name} ({agent.rank.replace('_', ' ')}): may decide about {powers}{limits}."


def _of_wish(known: KnownWish) -> str:
    statement = known.statement
    words = f" “{statement.words}”" if statement.words else ""
    said = f"{statement.topic}: {statement.choice}".replace("_", " ")
    return f"{said}, {known.stated_on.isoformat()}.{words}"
