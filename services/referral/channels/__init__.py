"""What brings referrals in by other ways than a page of ours: FHIR Bundles, and a health plan's files."""
