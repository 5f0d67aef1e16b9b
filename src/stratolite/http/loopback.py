"""Which hosts are this machine."""

import ipaddress
from urllib.parse import urlsplit


def is_here(url: str) -> bool:
    """Whether a URL's host is this machine by its name: ``localhost``, a name below it, or a loopback address."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
