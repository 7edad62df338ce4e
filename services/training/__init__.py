"""Trains, judges and releases models."""
