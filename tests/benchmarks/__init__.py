"""Figures, not tests: nothing fails because of a time. Each file beside this one is a case with a function `run`."""
