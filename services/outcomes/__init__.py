"""Outcomes: counts what came of every referral, from events alone, so that it can be rebuilt from the topics.

Owns: one journey per patient, without names.
Hears: every event about a patient, from all services.
Tells: nothing, and takes no commands.
"""
