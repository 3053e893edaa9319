"""How soon the office wants things done, and how its own time is counted."""
