"""Wishes as FHIR R4, along PACIO's Advance Directive Interoperability guide."""
