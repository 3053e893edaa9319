"""The planner of care planning, on a clinic that is made up."""
