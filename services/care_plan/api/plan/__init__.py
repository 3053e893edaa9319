"""The plan of care over HTTP: read, written, approved, its goals and its conflicts."""
