"""Episodes of care: how they begin, wait while a death is looked into, go on under another record, and end."""
