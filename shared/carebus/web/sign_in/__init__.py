"""Signing in: an OpenID provider, sessions of our own, access tokens, and the pages that lead there and back."""
