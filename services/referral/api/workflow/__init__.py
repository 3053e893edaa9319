"""The acts on a referral, the worklist, and a referral's page."""
