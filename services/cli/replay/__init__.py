"""`dex replay`: the windows of drift made again from the log or the archive, beside the live ones."""
