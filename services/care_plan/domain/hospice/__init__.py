"""The way to hospice: prompts, what was said and decided, the election what follows from it, and what goes over."""
