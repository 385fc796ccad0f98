"""The database: a SQLite file that people read too. Knows nothing of the site.

`database` opens it; the other modules each load and save one part of the model on a connection that it hands out.
Every function that writes expects to run inside `Database.write()`, and does its part of that one transaction.
"""
