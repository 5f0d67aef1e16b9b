"""Signatures of notifications, so that consumers which verify them can.

The key is made once for a data folder, on the first delivery (about 0.1 s), and kept; its certificate is served by
``surface.py``. Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stratolite.storage.database import Database

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from stratolite.services.sns.store import Store

SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
KEY_BITS = 2048
VALID_YEARS = 20
CERTIFICATE_PREFIX = "/SimpleNotificationService-"


class Signer:
    """Signs what is delivered."""

    def __init__(self, database: Database, store: "Store") -> None:
        self._database = database
        self._store = store
        self._key: RSAPrivateKey | None = None
        self._certificate = b""

    async def prepare(self, now_s: float) -> None:
        """Load the key, or make it, before the first signature."""
        if self._key is not None:
            return
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        stored = self._store.signing_key()
        if stored is None:
            made = _make(now_s)
            await self._database.transact(lambda: self._keep(made))
            stored = self._store.signing_key()
            assert stored is not None
        key = load_pem_private_key(stored[0], None)
        assert isinstance(key, RSAPrivateKey)
        self._key, self._certificate = key, stored[1]

    @property
    def certificate(self) -> bytes:
        """The certificate as PEM; empty before ``prepare``."""
        return self._certificate

    @property
    def certificate_path(self) -> str:
        """Where the certificate is served."""
        return f"{CERTIFICATE_PREFIX}{hashlib.sha256(self._certificate).hexdigest()[:32]}.pem"

    def sign(self, document: Mapping[str, Any], version: str) -> str:
        """The signature of a document, base 64. ``version``: ``1`` (SHA-1) or ``2`` (SHA-256)."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        assert self._key is not None, "prepare() comes first"
        text = "".join(f"{name}\n{document[name]}\n" for name in SIGNED if document.get(name) is not None)
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
        return base64.b64encode(self._key.sign(text.encode(), PKCS1v15(), algorithm)).decode()

    def _keep(self, made: tuple[bytes, bytes]) -> None:
        if self._store.signing_key() is None:
            self._store.insert_signing_key(*made)


def _make(now_s: float) -> tuple[bytes, bytes]:
    """A new private key and a certificate for it, signed by itself."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(now_s, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * VALID_YEARS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)
