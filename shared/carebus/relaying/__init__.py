"""From the outbox to the topics, and what compares and repairs the two."""
