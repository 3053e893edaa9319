"""The patient, the clinicians and the care team as FHIR. Pure. No address and no telephone number: whoever needs these
asks for them."""

from uuid import uuid5

from carebus.contracts.care_plan import PlanOwner, Respondent
from carebus.contracts.people import TeamMember
from carebus.web.fhir.resources import Json, Resources, clean
from services.care_plan.domain.care import Care
from services.care_plan.domain.summaries.summary import ROLES

PROXY = {"display": "A family member or caregiver"}


def practitioner(resources: Resources, member: TeamMember) -> Json:
    """A clinician of ours, by name."""
    return resources.add(member.clinician_id, {"resourceType": "Practitioner", "name": [{"text": member.name}]})


def care_team(resources: Resources, care: Care, subject: Json) -> Json:
    """Everybody on the team with their profession; the first contact is said to be that."""
    assert care.episode_id is not None, "whoever has a team is in care"
    participants = [
        {
            "role": [{"text": ROLES[member.role] + (", first contact" if member.primary else "")}],
            "member": practitioner(resources, member),
        }
        for member in care.team
    ]
    return resources.add(
        uuid5(care.episode_id, "team"),
        clean(
            {
                "resourceType": "CareTeam",
                "status": "active" if care.in_care else "inactive",
                "name": "Care team",
                "subject": subject,
                "participant": participants,
            }
        ),
    )


def owner(resources: Resources, care: Care, of: PlanOwner) -> Json:
    """Whoever answers for something in the plan: one of the team, or somebody outside by name."""
    known = {member.clinician_id: member for member in (*care.team, *care.former_team)}
    if of.clinician_id in known:
        return practitioner(resources, known[of.clinician_id])
    return {"display": ", ".join(filter(None, (of.name, of.profession)))}


def answered_by(subject: Json, staff: Json, respondent: Respondent) -> Json:
    """Who gave an answer."""
    return {Respondent.PATIENT: subject, Respondent.STAFF: staff, Respondent.PROXY: PROXY}[respondent]
