"""What shows and tells how Carebus stands: dashboards, alert rules and objectives, written by code, kept as files."""
