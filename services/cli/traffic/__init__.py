"""`dex traffic`: visitors of the system, planned by a seed, sent at their times, measured."""
