"""By whom clients know a cache that speaks TLS: an authority of this cloud's own, and a certificate for 127.0.0.1.

Made once, kept in the data folder. On AWS certificates are signed by an authority that every system trusts; here
functions trust this one (``NODE_EXTRA_CA_CERTS``, ``SSL_CERT_FILE``), and other programs when they are told to.
"""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

AUTHORITY, BUNDLE = "ca.pem", "bundle.pem"
VALID = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC))
"""Far around any time that a moved clock or a machine's wrong one may show."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of PEM files."""

    authority: Path
    certificate: Path
    key: Path


def provide(folder: Path, trust: Path) -> Certificates:
    """The certificates in a folder, made where they are not there yet; what clients need of them in ``trust``.

    Some 10 ms, once. Raises OSError.
    """
    found = Certificates(trust / AUTHORITY, folder / "server.pem", folder / "server.key")
    if not (found.authority.is_file() and found.certificate.is_file() and found.key.is_file()):
        folder.mkdir(parents=True, exist_ok=True)
        trust.mkdir(parents=True, exist_ok=True)
        _make(found)
    return found


def _make(places: Certificates) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stratolite local caches")])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = [
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
        x509.DNSName("localhost"),
    ]

    def begun(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(issuer_name=authority, subject_name=subject, public_key=public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(VALID[0])
            .not_valid_after(VALID[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )

    usage = dict.fromkeys(
        [
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    signed_authority = (
        begun(authority, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**usage, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    signed = (
        begun(server, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**usage, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    places.key.touch(mode=0o600)
    places.key.write_bytes(key.private_bytes(pem, *private))
    places.certificate.write_bytes(signed.public_bytes(pem))
    ours = signed_authority.public_bytes(pem).decode()
    # SSL_CERT_FILE takes the place of the system's own file.
    public = ssl.create_default_context().get_ca_certs(binary_form=True)
    bundle = "".join(ssl.DER_cert_to_PEM_cert(each) for each in public)
    (places.authority.parent / BUNDLE).write_text(bundle + ours)
    places.authority.write_text(ours)
