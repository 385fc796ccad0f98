"""The files of the sandbox's posts, and the host that serves them (docs/site-api.md, "Files")."""
