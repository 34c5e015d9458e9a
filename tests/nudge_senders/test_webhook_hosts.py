"""A webhook leads to a public host of the operator's list, and nowhere else."""

from __future__ import annotations

import pytest

from nudge_senders.webhook_hosts import allowed_hosts, is_public, url_problem

HOSTS = allowed_hosts(" hooks.flow.example, Other.Example ,,127.0.0.1,localhost,0x7f.1")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.flow.example/hooks/catch/1/",
        "https://HOOKS.flow.example:443/a?b=c&d=%20",
        "https://other.example",
    ],
)
def test_a_listed_host_over_https_may_be_used(url: str) -> None:
    assert url_problem(url, HOSTS) is None


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://hooks.flow.example/", "https"),
        ("//hooks.flow.example/", "https"),
        ("file:///etc/passwd", "https"),
        ("https://hooks.flow.example:8443/", "port"),
        ("https://hooks.flow.example:/", "port"),
        ("https://hooks.flow.example:99999/", "no URL"),
        ("https://user@hooks.flow.example/", "user"),
        ("https://hooks.flow.example@other.example.evil.example/", "user"),
        ("https://evil-hooks.flow.example/", "does not list"),
        ("https://hooks.flow.example.evil.example/", "does not list"),
        ("https://flow.example/", "does not list"),
        ("https://hooks.flow.example./", "domain name"),
        ("https://127.0.0.1/", "domain name"),
        ("https://2130706433/", "domain name"),
        ("https://0x7f000001/", "domain name"),
        ("https://0x7f.1/", "domain name"),
        ("https://0177.0.0.1/", "domain name"),
        ("https://127.1/", "domain name"),
        ("https://169.254.169.254/latest/meta-data/", "domain name"),
        ("https://[::1]/", "domain name"),
        ("https://[::ffff:10.0.0.1]/", "domain name"),
        ("https://localhost/", "domain name"),
        ("https://hooks.flow.example\\@other.example/", "characters"),
        ("https://hooks.flow.example/\r\nHost: evil.example", "characters"),
        ("https://hооks.flow.example/", "characters"),
        ("https://hooks.flow.example/#x", "fragment"),
        ("https:///path", "domain name"),
        ("", "characters"),
    ],
)
def test_every_other_spelling_is_refused(url: str, what: str) -> None:
    problem = url_problem(url, HOSTS)
    assert problem is not None
    assert what in problem


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_may_be_reached(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "not an address",
        "",
    ],
)
def test_an_address_that_is_not_public_may_not(address: str) -> None:
    assert not is_public(address)
