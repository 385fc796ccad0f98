"""Searches: a tree of the query language becomes SQL, and its rows become results."""
