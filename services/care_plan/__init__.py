"""Looks after those taken on: episodes, plans of care, care teams, visits and what is assessed at them.

Owns: `Care` (per patient) and the `Roster` (one for the clinic).
Hears: ReferralAccepted, PatientMerged, PatientUnmerged, VisitSummaryDelivered, VisitSummaryUndelivered.
Tells: EpisodeOpened, CarePlanDrafted, CareTeamAssigned, CareTeamAssignmentDelayed, VisitScheduled, VisitCompleted,
VisitSummaryIssued, VisitSummarySendRequested, VisitSummaryAcknowledged, VisitOverdue, ClinicianJoined.
"""
