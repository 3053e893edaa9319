"""Ways in and out beside pages: files, scanning, FHIR."""
