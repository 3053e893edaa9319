"""What speaks to others, or works beside requests and events: the planner that finds teams and times."""
