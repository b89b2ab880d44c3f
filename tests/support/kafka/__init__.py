"""A real Kafka and a real schema registry on loopback, for tests and for `make kafka-up`."""
