from __future__ import annotations

import socket
import ssl
import stat
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.webserver.certificate import LIFE, SPARE, server_context

# The handshakes here are judged by the machine's own clock.
NOW = datetime.now(timezone.utc)


@pytest.fixture
def folder(tmp_path: Path) -> DataDirectory:
    made = DataDirectory(tmp_path)
    made.create()
    return made


def files(folder: DataDirectory) -> tuple[bytes, bytes]:
    return folder.certificate.read_bytes(), folder.ca.read_bytes()


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str:
    """The subject that the client has accepted for ``name``."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    theirs.settimeout(10)

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as connection:
            found = connection.getpeercert(binary_form=True)
    finally:
        ours.close()
        thread.join()
    assert found is not None
    subject = x509.load_der_x509_certificate(found).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def strict_client(folder: DataDirectory) -> ssl.SSLContext:
    """What Python is from 3.13 on by default, earlier when told so."""
    client = ssl.create_default_context(cafile=str(folder.ca))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    return client


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "::1"])
def test_a_strict_client_that_trusts_the_ca_accepts_this_machines_names(
    folder: DataDirectory, name: str
) -> None:
    server = server_context(folder, NOW)
    assert shake_hands(server, strict_client(folder), name) == "jupyter_faas playground"


def test_another_name_is_not_accepted(folder: DataDirectory) -> None:
    server = server_context(folder, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(server, strict_client(folder), "openwhisk.example")


def test_who_does_not_trust_the_ca_does_not_accept_it(folder: DataDirectory) -> None:
    server = server_context(folder, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="local issuer"):
        shake_hands(server, ssl.create_default_context(), "127.0.0.1")


def test_the_key_is_its_owners_and_the_ca_is_for_all(folder: DataDirectory) -> None:
    server_context(folder, NOW)
    assert stat.S_IMODE(folder.certificate.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.ca.stat().st_mode) == 0o644
    assert b"PRIVATE" in folder.certificate.read_bytes()
    assert b"PRIVATE" not in folder.ca.read_bytes()


def test_the_key_of_the_authority_is_kept_nowhere(folder: DataDirectory) -> None:
    server_context(folder, NOW)
    private = [path for path in folder.root.iterdir() if b"PRIVATE" in path.read_bytes()]
    assert private == [folder.certificate]
    authority = x509.load_pem_x509_certificate(folder.ca.read_bytes())
    certificate = x509.load_pem_x509_certificate(folder.certificate.read_bytes())
    assert authority.public_key() != certificate.public_key()


def test_it_stays_the_same_while_a_year_is_left(folder: DataDirectory) -> None:
    server_context(folder, NOW)
    first = files(folder)
    server_context(folder, NOW + LIFE - SPARE - timedelta(days=2))
    assert files(folder) == first


def test_it_is_made_anew_when_less_than_a_year_is_left(folder: DataDirectory) -> None:
    server_context(folder, NOW)
    first = files(folder)
    server_context(folder, NOW + LIFE - SPARE)
    assert not set(files(folder)) & set(first)
    renewed = x509.load_pem_x509_certificate(folder.certificate.read_bytes())
    assert renewed.not_valid_after_utc > NOW + 2 * LIFE - SPARE - timedelta(days=3)


def test_one_from_the_future_is_made_anew(folder: DataDirectory) -> None:
    server_context(folder, NOW + timedelta(days=30))
    first = files(folder)
    server_context(folder, NOW)
    assert not set(files(folder)) & set(first)


def test_it_lives_no_longer_than_apple_allows(folder: DataDirectory) -> None:
    server_context(folder, NOW)
    made = x509.load_pem_x509_certificate(folder.certificate.read_bytes())
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=825)


@pytest.mark.parametrize("spoiled", ["certificate", "ca"])
@pytest.mark.parametrize("by", ["absence", "nonsense", "another one's"])
def test_files_that_are_damaged_are_made_anew(
    folder: DataDirectory, tmp_path: Path, spoiled: str, by: str
) -> None:
    server_context(folder, NOW)
    path: Path = getattr(folder, spoiled)
    if by == "absence":
        path.unlink()
    elif by == "nonsense":
        path.write_text("nonsense")
    else:
        other = DataDirectory(tmp_path / "other")
        other.create()
        server_context(other, NOW)
        path.write_bytes(getattr(other, spoiled).read_bytes())
    server = server_context(folder, NOW)
    assert shake_hands(server, strict_client(folder), "127.0.0.1") == "jupyter_faas playground"


def test_a_key_that_is_not_the_certificates_is_made_anew(
    folder: DataDirectory, tmp_path: Path
) -> None:
    server_context(folder, NOW)
    other = DataDirectory(tmp_path / "other")
    other.create()
    server_context(other, NOW)
    begin = b"-----BEGIN CERTIFICATE"
    key = other.certificate.read_bytes().partition(begin)[0]
    folder.certificate.write_bytes(key + begin + files(folder)[0].partition(begin)[2])
    server = server_context(folder, NOW)
    assert shake_hands(server, strict_client(folder), "127.0.0.1") == "jupyter_faas playground"
