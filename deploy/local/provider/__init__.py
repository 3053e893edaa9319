"""The OpenID provider of a local run: whoever sits there chooses who to be. For one machine, never for a clinic."""
