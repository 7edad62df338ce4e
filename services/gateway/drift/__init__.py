"""Windows of drift over REST."""
