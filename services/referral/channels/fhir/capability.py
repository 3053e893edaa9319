"""Says what the FHIR door can do: the CapabilityStatement."""

from datetime import datetime

from carebus.web.fhir.resources import Json

_SAYS = """Refer a person: POST a Bundle of the type transaction, or of the type message, with one ServiceRequest and
its Patient; a Task is made for it, which tells how the referral stands. BSeR's and Gravity's shapes are read as well.
What R4 and R4B share is spoken."""


def statement(base: str, version: str, now: datetime) -> Json:
    """The CapabilityStatement of this server at this address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(),
        "kind": "instance",
        "software": {"name": "Carebus", "version": version},
        "implementation": {"description": "Referrals to palliative care at home", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": " ".join(_SAYS.split()),
                "resource": [
                    {
                        "type": "Task",
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [
                            {"name": "identifier", "type": "token"},
                            {"name": "status", "type": "token"},
                        ],
                    },
                    {"type": "ServiceRequest", "interaction": [{"code": "read"}], "conditionalCreate": True},
                ],
                "interaction": [{"code": "transaction"}],
                "operation": [
                    {
                        "name": "process-message",
                        "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                    }
                ],
            }
        ],
    }
