"""Hospital messages: whose they are, and what each says of a stay, in whatever order and however often."""
