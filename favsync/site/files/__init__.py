"""The hosts of a site's files: asked without any login, for what the site gave the addresses of."""
