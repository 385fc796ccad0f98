"""Settings and API keys: where they are kept, and how they are read and checked."""
