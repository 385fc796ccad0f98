"""The client of file hosts, against hosts of every kind."""
