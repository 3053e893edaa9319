"""What the referrer is told, and in which words other systems are told it."""
