"""What went wrong on the network, in words instead of the numbers of the system."""

import errno
import os
import socket
import ssl

from favsync.site_text import clean

_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the connection was reset",
    errno.ECONNABORTED: "the connection was broken off",
    errno.EPIPE: "the connection was closed",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ENETDOWN: "the network is down",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.EHOSTDOWN: "the host is down",
    errno.ETIMEDOUT: "no answer to the attempt to connect",
    errno.EADDRNOTAVAIL: "this machine has no address of that kind",
    errno.EAFNOSUPPORT: "this machine has no address of that kind",
    errno.EACCES: "this machine does not allow the connection",
    errno.EPERM: "this machine does not allow the connection",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this machine",
}

_FOR_NOW = {socket.EAI_AGAIN}


def network_words(exc: OSError) -> str:
    """Return what an error of a socket means, without its number and without a full stop."""
    if isinstance(exc, ssl.SSLError):
        return f"no secure connection came about ({clean(exc.reason or 'TLS failed').replace('_', ' ').lower()})"
    if isinstance(exc, TimeoutError) and exc.errno is None:
        return _WORDS[errno.ETIMEDOUT]
    words = _WORDS.get(exc.errno or 0)
    return words or (clean(os.strerror(exc.errno)).lower() if exc.errno else "the connection failed")


def name_words(host: str, exc: OSError) -> str:
    """Return why a host name could not be resolved."""
    if exc.errno in _FOR_NOW:
        return f"the name {host} cannot be resolved now (is this machine online?)"
    return f"the name {host} cannot be resolved"
