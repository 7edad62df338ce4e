"""Drift of a model's inputs and answers, as a pure function of the log of predictions. No I/O here."""
