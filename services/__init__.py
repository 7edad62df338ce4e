"""One package per service; each starts as `python -m services.<name>`. They meet on Kafka only."""
