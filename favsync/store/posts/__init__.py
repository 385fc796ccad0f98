"""Posts, their tags and their payloads: saved as they came, and loaded."""
