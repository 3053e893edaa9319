"""What other teams' tools make of the contract: see `test_generators`."""
