"""The archive of predictions: Parquet files, and the manifest in PostgreSQL that says which of them count."""
