"""Options and arguments that several commands take, and what is asked on a terminal."""
