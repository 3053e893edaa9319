"""FHIR R4: a Bundle is read as a referral, and a referral is written as a ServiceRequest and a Task."""
