"""The playground's TLS certificate, and the certificate authority (CA) that signs it.

The CA signs a single certificate, for the local names of this machine, and its private key is never
stored. A client that trusts ``ca.pem`` therefore trusts only this playground's server.

The library ``trustme`` is not used, because its certificates can also be used to sign code and
authenticate clients, and its CAs are valid until the year 3000.
"""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from jupyter_faas.playground.data_dir import DataDirectory, write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

ADDRESSES = ("127.0.0.1", "::1")
HOST = "localhost"

# Apple's systems reject server certificates that are valid for longer than 825 days.
LIFE = timedelta(days=825)

# The certificate is renewed at startup if its remaining validity is shorter than this. The period
# is long, because a playground may run for months without a restart.
SPARE = timedelta(days=365)

_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)

# The validity begins one day in the past, because the clock of a container or virtual machine may
# be slow.
_SKEW = timedelta(days=1)


def server_context(folder: DataDirectory, now: datetime) -> ssl.SSLContext:
    """Return the TLS context of the server.

    ``now`` must have a time zone. The first call creates ``certificate.pem``, which contains the
    key and the certificate, and ``ca.pem``, which clients must trust. Later calls reuse both files.
    They are replaced if less than a year of validity is left, or if they are missing, damaged or do
    not match.
    """
    if not _usable(folder, now):
        _make(folder, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.certificate)
    return context


def _usable(folder: DataDirectory, now: datetime) -> bool:
    # ``cryptography`` is imported only inside functions, because most playgrounds run without TLS
    # and the import would delay their start.
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = folder.certificate.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.verify_directly_issued_by(
            x509.load_pem_x509_certificate(folder.ca.read_bytes())
        )
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return (
        key.public_key() == certificate.public_key()
        and certificate.not_valid_before_utc <= now
        and now + SPARE <= certificate.not_valid_after_utc
    )


def _make(folder: DataDirectory, now: datetime) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    authority, certificate = _sign(key.public_key(), ec.generate_private_key(ec.SECP256R1()), now)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(
        folder.certificate, (private + certificate.public_bytes(Encoding.PEM)).decode("ascii")
    )
    # If the process ends here, the two files do not match, and the next start replaces both.
    write_private(folder.ca, authority.public_bytes(Encoding.PEM).decode("ascii"))
    # ``ca.pem`` is not secret, and clients of other users may need to read it.
    folder.ca.chmod(0o644)


def _sign(
    public_key: EllipticCurvePublicKey, authority_key: EllipticCurvePrivateKey, now: datetime
) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificates of the CA and of the server.

    Both have all extensions that strict clients require.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID

    issuer = _name("jupyter_faas playground authority")
    known_by = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    signer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known_by)
    dated = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .not_valid_before(now - _SKEW)
        .not_valid_after(now - _SKEW + LIFE)
    )
    authority = (
        dated.subject_name(issuer)
        .serial_number(x509.random_serial_number())
        .public_key(authority_key.public_key())
        # With a path length of 0, the CA cannot sign other CAs.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(known_by, critical=False)
        .sign(authority_key, SHA256())
    )
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(each)) for each in ADDRESSES]
    certificate = (
        dated.subject_name(_name("jupyter_faas playground"))
        .serial_number(x509.random_serial_number())
        .public_key(public_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST), *names]),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(signer, critical=False)
        .sign(authority_key, SHA256())
    )
    return authority, certificate


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**allowed: bool) -> x509.KeyUsage:
    from cryptography import x509

    # KeyUsage has no defaults and requires a value for each of the nine usages.
    refused = dict.fromkeys(_USAGES, False)
    return x509.KeyUsage(**{**refused, **allowed})
