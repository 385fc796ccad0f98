"""What the database says of itself: the schema in words, and worked questions in SQL."""
