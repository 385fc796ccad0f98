"""Adopting what is on the disk already: found, hashed, matched with the files of posts, and put where it belongs."""
