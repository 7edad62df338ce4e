"""Counts predictions in windows that are a pure function of the log."""
