"""How hospitals speak with the line: MLLP and FHIR, and what becomes of a message by whichever way it came."""
