"""Notifications: tells the consented loved one by e-mail who is on the care team and when visits are, and whoever
referred where their referral stands.

Owns: whom a patient's family wants told, every message and every letter to a referrer, and what became of them.
Hears: ReferralAccepted (keeps the contact, says nothing), CareTeamAssigned, VisitScheduled, VisitCompleted,
ReferrerStatusChanged, ReferrerUpdateRequested, PatientMerged, PatientUnmerged (holds back what another record tells).
Tells: NotificationRequested, NotificationSent, NotificationFailed, NotificationSuppressed, ReferrerLetterRequested,
ReferrerLetterSent, ReferrerLetterFailed.
"""
