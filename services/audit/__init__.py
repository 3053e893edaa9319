"""Audit: keeps who did and saw what in every service, row by row as they seal it, and checks their chains.

Owns: `Chain` (one per service), its rows, and `Review` (one per emergency access).
Hears: AuditSealed.
Tells: nothing but what every service tells of itself.
"""
