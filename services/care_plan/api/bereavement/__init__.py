"""Pages and commands of those who stay."""
