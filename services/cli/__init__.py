"""The command line: starts and stops the local stack, and acts on it by publishing requests."""
