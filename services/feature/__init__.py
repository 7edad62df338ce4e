"""Turns requests into feature rows, or refuses them."""
