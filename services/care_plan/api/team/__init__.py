"""The roster and care teams over HTTP."""
