"""What doctors outside the service are told of a visit."""
