"""What was asked with a key, what was answered, and what came of it."""
