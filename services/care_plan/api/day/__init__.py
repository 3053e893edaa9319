"""One clinician's day over HTTP."""
