"""The demo: a guided tour on a local test site, and that site kept up for rehearsals."""
