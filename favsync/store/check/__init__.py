"""Find what cannot be as it stands in the database, and repair what can be repaired."""
