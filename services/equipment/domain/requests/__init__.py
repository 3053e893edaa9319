"""Requests: what is needed and why, and whether the payer pays."""
