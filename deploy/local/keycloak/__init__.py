"""A real Keycloak in place of the local provider, with the same people: for tests, and for whoever wants to try one."""
