"""How bytes get to the site and back: names, sockets, TLS, proxies, each within a limit of time and size."""
