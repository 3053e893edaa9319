"""How fast one hop is: this kit, the floor that no kit can beat, and what most teams write, in one run."""
