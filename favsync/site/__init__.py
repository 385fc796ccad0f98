"""The site: requests over HTTP, and its JSON decoded into the model. Knows nothing of the database."""
