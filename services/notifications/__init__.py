"""Notifications: tells the consented loved one by e-mail who is on the care team and when visits are.

Owns: whom a patient's family wants told, every message and what became of it.
Hears: ReferralAccepted (keeps the contact, says nothing), CareTeamAssigned, VisitScheduled, VisitCompleted.
Tells: NotificationRequested, NotificationSent, NotificationFailed, NotificationSuppressed.
"""
