"""Those who stay: who they are, when somebody speaks with them again, and when they want no more of it."""
