"""The battle domain: mechanics, simulator, features and the family that serves them."""
