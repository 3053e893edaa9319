"""Documents: how one is filed, checked, changed, and stops to count."""
