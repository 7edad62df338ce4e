"""Scores feature rows with the release they are stamped with."""
