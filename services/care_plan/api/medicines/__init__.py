"""The patient's medicines over HTTP: read with what checks find, and reconciled."""
