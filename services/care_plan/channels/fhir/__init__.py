"""Care as FHIR R4: the plan of care with what it refers to, and a visit's summary as a document."""
