"""What telephone systems send, and how it is known to be theirs."""
