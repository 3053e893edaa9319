"""Pages and commands of the way to hospice."""
