"""Outcomes: counts what came of referrals and calls, from events alone, so that it can be rebuilt from the topics.

Owns: one journey per patient and one entry per call of the line, without names or numbers.
Hears: every event about a patient, from all services, and what the line tells of calls.
Tells: nothing, and takes no commands.
"""
