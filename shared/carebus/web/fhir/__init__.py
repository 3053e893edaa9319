"""FHIR as every service speaks it: JSON in and out, places that have names, and OperationOutcomes for what is wrong."""
