"""The REST door: HTTP in, Kafka out, the reply back as JSON."""
