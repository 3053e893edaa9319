"""A night of the 24/7 line on real servers: its processes, callers and nurses, and a ledger that judges it."""
