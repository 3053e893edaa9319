"""A webhook leads nowhere inside: not to this machine, a cluster, or where a cloud tells its machines their secrets."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from services.referral.domain.feedback.webhooks import WebhookAddressRefused, check_address, is_public

INSIDE = [
    "192.0.0.192", "168.63.129.16", "100.100.100.200", "169.254.169.254", "fd00:ec2::254", "fec0::1", "5f00::1",
    "::7f00:1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "127.0.0.1", "10.0.0.1", "fe80::1",
    "0.0.0.0", "::", "100.64.0.1", "224.0.0.1", "ff0e::1", "255.255.255.255",
]  # fmt: skip
NAMES = [
    "referral.carebus.svc", "referral.carebus.svc.", "referral.carebus.SVC", "referral.carebus.svc.cluster.local",
    "metadata.google.internal", "printer.local", "x.localhost", "127.1", "0x7f.1", "10.0.0.010",
    "router.home.arpa", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(WebhookAddressRefused):
        check_address(f"https://{host}/hook", private=False)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_cluster_or_a_local_network_is_taken(name: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        check_address(f"https://{name}/hook", private=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_public_network_are_taken(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("name", ["systems.example.org", "svc.example.org", "internal.example.org", "a1.example"])
def test_names_of_the_public_network_are_taken(name: str) -> None:
    assert check_address(f"https://{name}/hook", private=False)
