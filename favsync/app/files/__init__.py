"""The files of favorites: fetching, verifying and organizing what is kept of them."""
