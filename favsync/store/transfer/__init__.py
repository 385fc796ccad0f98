"""Whole accounts out of a database and into one, row by row."""
