"""Fetches a medium from an address that a stranger wrote, without ever reaching inside the network.

The host is resolved here, every address that it has must be public, and the connection goes to the very address that
was checked: a name that resolves to something else a moment later (rebinding) makes no difference. Each redirect is
checked anew. Proxies of the environment are not used, since a proxy would resolve the name once more.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpcore

from .limits import MediaError

REDIRECTS = (301, 302, 303, 307, 308)
# Networks within which IPv6 carries an IPv4 address in its last bits.
_EMBEDDING = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")
)

# Private once and unused since (RFC 3879): Python takes it for public.
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")

#: Host and port → addresses as text.
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class FetchLimits:
    """`seconds` for everything, redirects included, but not for the system's resolver, which has limits of its own.

    `networks`: private ones that may be fetched from all the same, such as "10.1.2.0/24", for a site that keeps its
    images on a server of its own.
    """

    bytes: int = 50_000_000
    seconds: float = 10.0
    redirects: int = 3
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """`url` is where it was in the end."""

    data: bytes
    url: str
    content_type: str


def resolve_host(host: str, port: int) -> list[str]:
    """Every address that the system's resolver gives."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch(
    url: str,
    kinds: Sequence[str] = ("image", "audio"),
    limits: FetchLimits | None = None,
    resolve: Resolve = resolve_host,
) -> Fetched:
    """What is at `url`. Raises MediaError with a sentence.

    `kinds`: the first halves of the content types that are accepted. Anything but http and https, a user name, an
    address that is not public, a host in odd notation, too many bytes, redirects or seconds are refused.
    """
    limits = limits or FetchLimits()
    deadline = time.monotonic() + limits.seconds
    for _ in range(limits.redirects + 1):
        scheme, host, port = address_parts(url)
        address = public_address(host, port, limits.networks, resolve)
        answer = _get(url, scheme, address, kinds, limits, deadline)
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
    raise MediaError(f"The address leads on more than {limits.redirects} times.")


def address_parts(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of what may be asked for. Raises MediaError."""
    if any(ord(character) <= 32 or ord(character) == 127 for character in url) or "\\" in url:
        raise MediaError("The address has blanks, control characters or backslashes in it.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise MediaError(f"The address cannot be read: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise MediaError(f"Only http and https addresses are fetched, not {parts.scheme or 'none'}.")
    if not host or "%" in host:
        raise MediaError("The address names no host.")
    if parts.username is not None or parts.password is not None:
        raise MediaError("The address has a user name in it, which is never sent.")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def public_address(host: str, port: int, networks: Sequence[str], resolve: Resolve) -> str:
    """One address of `host`, all of which may be reached. Raises MediaError."""
    last = host.rstrip(".").rpartition(".")[2]
    if ":" not in host and (last.isdigit() or last.startswith("0x")) and not _is_address(host):
        # 2130706433, 0x7f.1, 017700000001: a resolver would read them as addresses.
        raise MediaError(f"The host {host} is a number in an odd notation; write the address with four decimal parts.")
    try:
        found = [host] if _is_address(host) else list(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise MediaError(f"The host {host} was not found: {error}") from error
    if not found:
        raise MediaError(f"The host {host} has no address.")
    for address in found:
        if not may_be_reached(address, networks):
            raise MediaError(f"The host {host} is at {address}, which is not a public address.")
    return found[0]


def may_be_reached(address: str, networks: Sequence[str] = ()) -> bool:
    """Whether an address is public, or in one of `networks`. IPv4 within IPv6 counts as the IPv4 that it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # with a zone, such as fe80::1%eth0, or no address at all
        return False
    allowed = [ipaddress.ip_network(text, strict=False) for text in networks]
    return all(
        any(each in network for network in allowed)
        or (each.is_global and not each.is_multicast and not each.is_reserved and each not in _SITE_LOCAL)
        for each in _meant(found)
    )


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Every address that packets to this one may end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address, address.sixtofour]
    if address.teredo:
        return [address, *address.teredo]
    if any(address in network for network in _EMBEDDING):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _get(
    url: str, scheme: str, address: str, kinds: Sequence[str], limits: FetchLimits, deadline: float
) -> Fetched | str:
    """The content, or where it is said to be instead."""
    headers = {
        "Accept": ", ".join(f"{kind}/*" for kind in kinds),
        "Accept-Encoding": "identity",
        "User-Agent": "Kindred",
    }
    pool = httpcore.ConnectionPool(network_backend=Pinned(address, deadline), retries=0)
    try:
        with pool, pool.stream("GET", url, headers=headers) as response:
            given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in REDIRECTS and "location" in given:
                return given["location"]
            if response.status != 200:
                raise MediaError(f"The server answers with status {response.status} instead of the file.")
            content_type = given.get("content-type", "").partition(";")[0].strip().lower()
            if content_type.partition("/")[0] not in kinds:
                raise MediaError(f"The server says that this is {content_type or 'nothing'}, not {' or '.join(kinds)}.")
            if given.get("content-encoding", "identity") != "identity":
                raise MediaError("The server packed the file, though it was asked not to.")
            return Fetched(_read(response, given, limits.bytes), url, content_type)
    except httpcore.TimeoutException as error:
        raise MediaError(f"The server did not send the file within {limits.seconds:g} seconds.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as error:
        raise MediaError(f"The file could not be fetched over {scheme}: {error}") from error


def _read(response: httpcore.Response, headers: dict[str, str], most: int) -> bytes:
    stated = headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise MediaError(f"The file has {int(stated):,} bytes; at most {most:,} are fetched.")
    data = bytearray()
    for part in response.iter_stream():
        data += part
        if len(data) > most:
            raise MediaError(f"The file has more than the {most:,} bytes that are fetched.")
    return bytes(data)


class Pinned(httpcore.NetworkBackend):
    """Connects to one address whatever the host is called, and lets nothing take longer than until `deadline`."""

    def __init__(self, address: str, deadline: float):
        self.address, self.deadline = address, deadline
        self.backend = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None) -> httpcore.NetworkStream:
        stream = self.backend.connect_tcp(self.address, port, timeout=_left(self.deadline, httpcore.ConnectTimeout))
        return _Timed(stream, self.deadline)

    def connect_unix_socket(self, path, timeout=None, socket_options=None) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("No file is a network address.")

    def sleep(self, seconds: float) -> None:
        raise httpcore.ConnectError("Nothing is tried twice.")


class _Timed(httpcore.NetworkStream):
    """A stream in which each step may take as long as is left for all."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float):
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes, timeout=None) -> bytes:
        return self.stream.read(max_bytes, timeout=_left(self.deadline, httpcore.ReadTimeout))

    def write(self, buffer, timeout=None) -> None:
        self.stream.write(buffer, timeout=_left(self.deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None) -> httpcore.NetworkStream:
        left = _left(self.deadline, httpcore.ConnectTimeout)
        return _Timed(self.stream.start_tls(ssl_context, server_hostname, timeout=left), self.deadline)

    def get_extra_info(self, info: str):
        return self.stream.get_extra_info(info)


def _left(deadline: float, error: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("The time is over.")
    return left
