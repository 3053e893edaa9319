"""Visit summaries: their pages and files for staff, whom they are sent to, and the private page of whoever got one."""
