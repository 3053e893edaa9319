"""The line: answers the phone day and night, with a sheet of every patient that needs no other service.

Owns: `Sheet` (per patient, from events alone) and `Call` (per call, on a stream of its own). What it hears and tells is
in docs/reference/events.md; why it is a service of its own, in docs/decisions/0037.
"""
