"""Results in words, in tables and as JSON."""
