"""Health plans' lists: the files, and their rows."""
