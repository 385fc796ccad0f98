"""Text on its way to a terminal: made harmless, broken between words, painted, and made a link."""
