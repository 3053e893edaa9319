"""What answers set off: follow-ups of strong symptoms, a look at a person's safety, what an unstable phase asks for."""
