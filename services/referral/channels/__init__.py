"""What speaks to other systems in their own protocols: FHIR, a health plan's files, webhooks."""
