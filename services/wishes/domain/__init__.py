"""What the wishes service decides: pure, with time and ids from the cause."""
