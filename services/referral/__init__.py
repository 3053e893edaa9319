"""Referral: takes in who is referred, finds out whether the service is for them, and keeps what was decided.

Owns: referrals, one or several per patient (`Intake`), and who a patient is (`Identity`).
Hears: EpisodeOpened, VisitScheduled, VisitCompleted.
Tells: every event of `carebus.contracts.referral`.
"""
