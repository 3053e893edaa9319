"""How fast it is, in figures of one run on one machine: this kit, the floor that no kit can beat, and its peers."""
