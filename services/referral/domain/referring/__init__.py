"""What is stated when somebody is referred, field by field, and what its codes mean."""
