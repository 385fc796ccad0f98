"""Formats of what stands beside a file of a tree, so that other programs know what it shows."""
