"""What speaks to other systems in their own protocols."""
