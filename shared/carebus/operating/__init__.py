"""What operators run beside the services: reading a topic again into a copy of the tables."""
