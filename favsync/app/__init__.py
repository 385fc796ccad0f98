"""What favsync can do: each task from start to end. Knows no terminal."""
