"""Ingest: reads the Pokédex from a source, checks it, keeps it in PostgreSQL and publishes it."""
