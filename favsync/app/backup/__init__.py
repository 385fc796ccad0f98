"""Backups: create, verify, prune and restore."""
