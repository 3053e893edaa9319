"""Who may do what, asked of every route of every service as every role."""
