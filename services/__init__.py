"""The services of Carebus: independent of each other; they share events and nothing else."""
