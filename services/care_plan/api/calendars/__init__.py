"""Private links to calendars: made and revoked by those they are for or by the office, and opened by calendars."""
