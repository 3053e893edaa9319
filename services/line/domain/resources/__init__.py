"""Plain pages for families: what they say, and for whom each is suggested."""
