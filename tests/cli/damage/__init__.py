"""Databases damaged in every way that could be thought of, and every command on each of them."""
