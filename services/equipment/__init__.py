"""Equipment: what a patient needs at home, who pays, who delivers, what is on loan, and that it is fetched again.

Owns: `Equipment` (per patient). What it hears and tells is in docs/reference/events.md; why it is a service of its own,
in docs/decisions/0042.
"""
