"""Notifications: tells the consented loved one by e-mail who is on the care team and when visits are, whoever referred
where their referral stands, and the patient's other doctors what a visit found.

Owns: whom a patient's family wants told, every message and every letter, and what became of them. While care is held,
and under a record that is one person's with another, nothing is told. What it hears and tells is in
docs/reference/events.md.
"""
