"""What referrers see and are told: the status page, private links and webhooks."""
