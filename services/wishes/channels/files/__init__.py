"""Files: told apart by their content, opened in a process with limits, kept sealed, scanned."""
