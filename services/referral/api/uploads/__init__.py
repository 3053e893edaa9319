"""Health plans' lists: as JSON and as pages."""
