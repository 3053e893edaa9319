"""What referrers follow, and the calls of their webhooks."""
