"""Wishes: what a seriously ill person wants, who decides when they can't, the documents that say so, and what
contradicts them.

Owns: `Wishes` (per patient) and `Conversation` (per conversation), and the documents' files. What it hears and tells is
in docs/reference/events.md; why it is a service of its own, in docs/decisions/0041.
"""
