"""What the line decides. Pure: no I/O, no clock; time and ids come in with the cause."""
