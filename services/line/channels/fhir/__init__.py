"""FHIR notifications of hospitals (Da Vinci Alerts): from a Bundle to a hospital's message."""
