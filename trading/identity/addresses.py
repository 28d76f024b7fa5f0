"""From which network address a request comes, as far as that can be known."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
# One customer of an access provider is given a whole network of this size.
_IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """
    Return the address that a request came from; of IPv6 the network of 64 bits.

    ``X-Forwarded-For`` is written by whoever sends the request and is read only if TRUSTED_PROXIES
    says how many proxies of ours stand in front: each appends the address that it was asked from,
    so the one that the first of them saw is so many places from the right. What stands left of it
    is the visitor's own invention.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if proxies := settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= proxies:
            peer = _parsed(hops[-proxies]) or peer
    return peer or UNKNOWN


def _parsed(text: str) -> str:
    """Return the address in the one way it is written here, empty if it is none."""
    try:
        address: IPv4Address | IPv6Address = ip_address(_without_port(text.strip()))
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _IPV6_PREFIX), strict=False))


def _without_port(text: str) -> str:
    """Some proxies add the port: ``192.0.2.1:4711``, ``[2001:db8::1]:4711``."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
