"""Looks after those taken on: episodes, plans of care, care teams, visits and what is assessed at them.

Owns: `Care`, `Plan` and `Medicines` (each per patient), `VisitRecord` (per visit that is over) and `Clinician`.
Its planner looks for teams and hours (decision 36); what it hears and tells is in docs/reference/events.md.
"""
