"""Keeps one row per answered request."""
