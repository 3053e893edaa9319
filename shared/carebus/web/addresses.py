"""Client addresses: which count as one client, and which are proxies whose word is believed."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from carebus.errors import CarebusError

ONE_HOUSEHOLD = 64
"""One IPv6 client owns the whole network of this prefix, so it can use a new address for every request."""
Network = IPv4Network | IPv6Network


class EverybodyTrusted(CarebusError):
    """CAREBUS_TRUSTED_PROXIES believes everybody (`*`), but CAREBUS_HOST isn't loopback: name the proxies' networks."""

    status = 500


def counted_as(host: str) -> str:
    """What requests from this address are counted by."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), ONE_HOUSEHOLD), strict=False))


class Proxies:
    """The addresses and networks that CAREBUS_TRUSTED_PROXIES names."""

    def __init__(self, named: str) -> None:
        names = [name.strip() for name in named.split(",") if name.strip()]
        self._networks = [network for name in names if (network := _network(name))]
        self.all = "*" in names or any(not network.prefixlen for network in self._networks)

    def has(self, host: str) -> bool:
        """Whether this address is one of theirs."""
        if self.all:
            return True
        network = _network(host)
        return network is not None and any(network.network_address in known for known in self._networks)


def require_few_proxies(trusted: str, host: str) -> None:
    """Check that not every client is believed in what it says of its address. Raises EverybodyTrusted."""
    network = _network(host)
    loopback = host == "localhost" or (network is not None and network.is_loopback)
    if Proxies(trusted).all and not loopback:
        raise EverybodyTrusted


def _network(name: str) -> Network | None:
    try:
        return ip_network(name, strict=False)
    except ValueError:
        return None
