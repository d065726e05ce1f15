"""A development authority: TLS on this machine, for clients that insist on it.

The authority's key and certificate are made once in `DIR/tls`; whoever trusts `ca.pem` trusts only
this venue's data directory. A venue that others reach puts a real certificate in front instead.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from seawall.identity.sealing import write_owner_only

DAYS_VALID: Final = 365
CA_FILE: Final = "ca.pem"
SERVER_FILE: Final = "server.pem"  # key and certificate, mode 600


def ensure_certificate(directory: Path, *, now_ms: int) -> tuple[Path, Path]:
    """The authority's certificate and the server's, made when missing or about to expire."""
    folder = directory / "tls"
    authority, server = folder / CA_FILE, folder / SERVER_FILE
    now = datetime.datetime.fromtimestamp(now_ms // 1000, tz=datetime.UTC)
    if not (authority.exists() and server.exists() and _is_valid(server, now)):
        folder.mkdir(mode=0o700, exist_ok=True)
        _make(authority, server, now)
    return authority, server


def _is_valid(path: Path, now: datetime.datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc > now + datetime.timedelta(days=7)


def _make(authority: Path, server: Path, now: datetime.datetime) -> None:
    """A new authority that signs one certificate; its key is forgotten, so it signs no other."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seawall development authority")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_ca_usage(), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    hosts = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    certificate = (
        _builder(name, ca_name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_owner_only(server, private + certificate.public_bytes(serialization.Encoding.PEM))
    authority.write_bytes(ca.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=DAYS_VALID))
    )


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
