"""The planner: it finds who looks after whom and in which order a day is gone through, in a process of its own."""
