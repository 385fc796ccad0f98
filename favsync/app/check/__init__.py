"""Verify the database, its files and, where asked, the site; repair what can be repaired."""
