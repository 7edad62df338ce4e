"""The process that makes one full report of drift; the drift service spawns it."""
