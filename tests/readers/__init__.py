"""What other teams read the stream with: the programs under `examples/`, run against a real Kafka."""
