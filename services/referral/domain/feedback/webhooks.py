"""Webhooks: where one may lead, what it says and how it is signed. It says that something changed, and never what."""

import hmac
import json
from base64 import b64encode
from datetime import datetime
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit
from uuid import UUID

from carebus.errors import CarebusError

LONGEST = 2000
_LAST_PORT = 65_535
_WRAPPED = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
"""IPv6 addresses that stand for IPv4 ones, which might be private."""
_INSIDE: tuple[IPv4Network | IPv6Network, ...] = (
    *map(IPv6Network, ("fec0::/10", "5f00::/16")),
    *map(IPv4Network, ("192.0.0.0/24", "168.63.129.16/32", "100.100.100.200/32")),
)
"""Site-local and segment routing, and where clouds answer their machines: Python takes some of these for public."""
_NAMES_INSIDE = (".localhost", ".local", ".internal", ".svc", ".cluster.local", ".localdomain", ".lan", ".home.arpa")
"""Names of this machine, of a cluster or of a local network."""


class WebhookAddressRefused(CarebusError):
    """Give an https address of a public server, without user name, such as https://systems.example.org/referrals."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "url"


def check_address(url: str, *, private: bool) -> str:
    """The address, if a webhook may lead there; `private` allows this machine, also without TLS. Raises otherwise."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or 0 < parts.port <= _LAST_PORT
    except ValueError:
        raise WebhookAddressRefused from None
    host = parts.hostname or ""
    plain = private and parts.scheme == "http" and _is_this_machine(host)
    fits = (plain or parts.scheme == "https") and host and port_fits and not parts.username and not parts.fragment
    printable = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not (fits and printable and (private or _may_be_public(host))):
        raise WebhookAddressRefused
    return url


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public network and nothing that stands for another."""
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or any(address in net for net in _WRAPPED)):
        return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _INSIDE)


def secret_of(secret: str, endpoint_id: UUID, version: int) -> str:
    """An endpoint's signing secret, as Standard Webhooks writes it; derived, so that it need not be kept."""
    made = hmac.digest(secret.encode(), b"carebus webhook " + endpoint_id.bytes + str(version).encode(), "sha256")
    return f"whsec_{b64encode(made).decode()}"


def notification(base: str, endpoint_id: UUID, referral_id: UUID, number: int, changed_at: datetime) -> str:
    """A FHIR R4B subscription notification that holds ids only: the receiver asks for the Task, if it may."""
    task = f"{base}/fhir/Task/{referral_id}"
    subscription = f"{base}/fhir/Subscription/{endpoint_id}"
    status = {
        "resourceType": "SubscriptionStatus",
        "status": "active",
        "type": "event-notification",
        "eventsSinceSubscriptionStart": str(number),
        "notificationEvent": [
            {"eventNumber": str(number), "timestamp": changed_at.isoformat(), "focus": {"reference": task}}
        ],
        "subscription": {"reference": subscription},
        "topic": f"{base}/fhir/SubscriptionTopic/referral-status",
    }
    asked = {"method": "GET", "url": f"{subscription}/$status"}
    entries = [
        {"fullUrl": f"{subscription}/$status", "resource": status, "request": asked, "response": {"status": "200"}},
        {"fullUrl": task, "request": {"method": "PUT", "url": f"Task/{referral_id}"}, "response": {"status": "200"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "history", "timestamp": changed_at.isoformat(), "entry": entries}
    return json.dumps(bundle, separators=(",", ":"))


def _may_be_public(host: str) -> bool:
    try:
        return is_public(ip_address(host))
    except ValueError:  # a name: where it leads is looked at before each call
        name = host.rstrip(".").lower()
        return "." in name and not name.endswith(_NAMES_INSIDE) and not _may_be_number(name)


def _may_be_number(name: str) -> bool:
    """Whether resolvers might read this as an IPv4 address written otherwise, such as 127.1 or 0x7f.0.0.1."""
    last = name.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
