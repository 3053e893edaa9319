"""Where what somebody wants is contradicted: found, shown with both sides, and settled by a person."""
