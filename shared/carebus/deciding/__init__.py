"""From a command or a due timer to a committed decision, in one transaction; and the same replayed without effects."""
