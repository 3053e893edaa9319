"""Referral: takes in who is referred, finds out whether the service is for them, and keeps what was decided.

Owns: referrals, one or several per patient (`Intake`), who a patient is (`Identity`), and what referrers were told
(`Feedback`).
Hears: EpisodeOpened, VisitScheduled, VisitCompleted, VisitSummaryIssued, ReferrerLetterSent.
Tells: every event of `carebus.contracts.referral` and `carebus.contracts.identity`.
"""
