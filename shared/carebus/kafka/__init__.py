"""Everything that speaks to Kafka: clients, topics, reading, publishing, and the witness of a lost log."""
