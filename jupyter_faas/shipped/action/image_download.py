"""Download an image from a URL in the parameters, with limits on size, time and redirects.

Packages contain this module as ``faas_image_download.py``. It supports Python 3.9 and later, and
uses only the standard library. Error messages never contain headers, queries or passwords, because
these may be the caller's secrets.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would add milliseconds to each cold start
    import urllib.parse
    from collections.abc import Mapping
    from typing import Any

MAX_BYTES = 20_000_000
MAX_REDIRECTS = 5
# The time limits in seconds for each socket operation and for the whole download.
TIMEOUT_S = 10.0
TOTAL_TIMEOUT_S = 30.0

_CHUNK_BYTES = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)


class DownloadFailed(Exception):
    """An exception for a failed download.

    The message continues a sentence that begins with the parameter's name, for example "is a URL
    without a host".
    """


def download(uri: str, headers: Mapping[str, str], *, public_only: bool = False) -> bytes:
    """Return the body of an http or https URL.

    ``headers`` are sent to the URL's origin, but not after a redirect to a different origin.
    ``public_only``: whether to reject IP addresses that are not public, such as those in the
    action's network. The flag is set for callers without an API key. Raises DownloadFailed if the
    URL is rejected or the download fails.
    """
    # Imported late, because these modules are slow to import and few calls need them.
    import http.client
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    _check(uri)
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked
        _quoted(uri), headers={"User-Agent": "jupyter-faas", **headers}
    )
    try:
        with _opener(public_only).open(request, timeout=TIMEOUT_S) as answer:
            return _body(answer, deadline)
    except urllib.error.HTTPError as error:
        # An HTTPError is also an open response, which must be closed.
        error.close()
        # urllib also raises this error for a redirect to an unsupported scheme, for which _check
        # has a better message.
        _check(error.url or uri)
        said = f"{error.code} {http.client.responses.get(error.code, '')}".rstrip()
        if error.code in _REDIRECTS:
            said = f"{said} (too many redirects, or a redirect without a location)"
        where = place(error.url or uri)
        raise DownloadFailed(f"cannot be downloaded: {where} responded with {said}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadFailed(f"cannot be downloaded from {place(uri)}: {_why(error)}") from None


def place(uri: str) -> str:
    """Return a URL for messages, without the user, password, query and fragment.

    Raises DownloadFailed if the URL is invalid.
    """
    parts = _split(uri)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"[:200]


def _split(uri: str) -> urllib.parse.SplitResult:
    import urllib.parse

    try:
        parts = urllib.parse.urlsplit(uri)
        parts.port  # noqa: B018 - raises if the port is not a number
    except ValueError:
        raise DownloadFailed("is not a valid URL") from None
    return parts


def _check(uri: str) -> None:
    parts = _split(uri)
    if parts.scheme not in ("http", "https"):
        raise DownloadFailed(
            f"refers to a {parts.scheme}: URL, but only http and https are allowed"
        )
    if not parts.hostname:
        raise DownloadFailed("is a URL without a host")
    if parts.username is not None:
        raise DownloadFailed(
            "contains a user name in its URL: to send credentials, write {uri, headers}"
        )


def _quoted(uri: str) -> str:
    """Percent-encode spaces and non-ASCII characters, unless they are already encoded."""
    import urllib.parse

    parts = urllib.parse.urlsplit(uri)
    safe = "/%:=&?~+!$,;'@()*[]"
    # Host names cannot be percent-encoded. DNS uses the IDNA encoding for non-ASCII characters.
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    path, query = (urllib.parse.quote(text, safe=safe) for text in (parts.path, parts.query))
    return urllib.parse.urlunsplit((parts.scheme, host, path, query, ""))


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = _split(uri)
    return (parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme])


def _opener(public_only: bool) -> Any:
    """Return an opener that supports only http and https. urllib's default also reads files.

    ``public_only``: see ``download``.
    """
    import http.client
    import ssl
    import urllib.request

    class Redirects(urllib.request.HTTPRedirectHandler):
        max_redirections = MAX_REDIRECTS

        def redirect_request(
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Any:
            _check(newurl)
            following = super().redirect_request(req, fp, code, msg, headers, _quoted(newurl))
            # The headers may contain credentials for the first origin.
            if following is not None and _origin(newurl) != _origin(req.full_url):
                following.headers = {"User-agent": "jupyter-faas"}
            return following

        # Before Python 3.11, urllib does not handle status 308.
        http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302

    class Public(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = _public_socket(self.host, self.port, self.timeout)

    class PublicTls(http.client.HTTPSConnection, Public):
        """A connection that checks the IP address before it connects."""

    class Plain(urllib.request.HTTPHandler):
        def http_open(self, req: Any) -> Any:
            return self.do_open(Public if public_only else http.client.HTTPConnection, req)

    class Tls(urllib.request.HTTPSHandler):
        def https_open(self, req: Any) -> Any:
            kind = PublicTls if public_only else http.client.HTTPSConnection
            return self.do_open(kind, req, context=ssl.create_default_context())

    opener = urllib.request.OpenerDirector()
    for handler in (
        # With a proxy, the proxy's IP address would be checked instead of the server's.
        urllib.request.ProxyHandler({} if public_only else None),
        Plain(),
        Tls(),
        urllib.request.HTTPDefaultErrorHandler(),
        Redirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _public_socket(host: str, port: int, timeout_s: float | None) -> Any:
    """Connect to a host, all of whose IP addresses are public.

    The addresses are checked before connecting. Otherwise the error would tell a caller whether an
    address of the internal network exists and listens. The checked addresses are used, because a
    second DNS lookup could return others.
    """
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if not _is_public(str(address[0])):
            raise DownloadFailed(
                "refers to an address inside the action's own network, which a web function "
                "must not read"
            )
    error = OSError("the host name cannot be resolved")
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(timeout_s)
            connection.connect(address)
        except OSError as failure:
            connection.close()
            error = failure
        else:
            return connection
    raise error


def _is_public(text: str) -> bool:
    import ipaddress

    # In a link-local IPv6 address, "%" is followed by the network interface.
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        # These IPv6 addresses contain the IPv4 address that packets are sent to.
        nat64 = ipaddress.IPv6Network("64:ff9b::/96")
        inside = address.ipv4_mapped or address.sixtofour
        if address in nat64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return inside.is_global and not inside.is_multicast
    return address.is_global and not address.is_multicast


def _body(answer: Any, deadline: float) -> bytes:
    if answer.status != 200:
        raise DownloadFailed(
            f"cannot be downloaded: {place(answer.url)} responded with {answer.status}"
        )
    if int(answer.headers.get("Content-Length") or 0) > MAX_BYTES:
        raise _too_large()
    chunks, size = [], 0
    # read1 returns after one read from the socket. With read(), a server that sends one byte at a
    # time could block forever, because each byte restarts the socket's timeout.
    while chunk := answer.read1(_CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise _too_large()
        if time.monotonic() > deadline:
            raise DownloadFailed(
                f"cannot be downloaded: {place(answer.url)} took more than {TOTAL_TIMEOUT_S:g} s"
            )
    return b"".join(chunks)


def _too_large() -> DownloadFailed:
    return DownloadFailed(f"is larger than {MAX_BYTES // 1_000_000} MB")


def _why(error: Exception) -> str:
    import ssl

    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, TimeoutError):
        return f"no response within {TIMEOUT_S:g} s"
    if isinstance(reason, OSError):
        # The full message may contain local paths, so only strerror is shown.
        return reason.strerror or type(reason).__name__
    return type(reason).__name__
