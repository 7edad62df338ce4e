"""Releases are signed with an Ed25519 key of this installation and verified before a load."""

import base64
import binascii
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from contracts.models import ModelReleased, signed_payload
from shared.errors import Misconfigured, ModelRejected
from shared.private_files import write_private


def ensure_keys(signing_key_file: Path, verify_key_file: Path) -> None:
    """Make the key pair unless it is there: private 0600, public 0644.

    Raises Misconfigured when only the public half is left, since its releases could not be renewed.
    """
    if not signing_key_file.exists():
        if verify_key_file.exists():
            raise Misconfigured(
                f"{verify_key_file} is there but {signing_key_file} is not: restore the signing key, "
                "or begin anew with `./dex up --reset`"
            )
        signing_key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(signing_key_file, pem, 0o600)
    public = _signing_key(signing_key_file).public_key()
    _write(verify_key_file, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)


def sign_release(release: ModelReleased, signing_key_file: Path) -> ModelReleased:
    """The release with its signature. Raises Misconfigured when the key cannot be read."""
    signature = _signing_key(signing_key_file).sign(signed_payload(release))
    return msgspec.structs.replace(release, signature=base64.b64encode(signature).decode())


def verify_release(release: ModelReleased, verify_key_file: Path) -> None:
    """Return when the signature holds. Raises ModelRejected otherwise, Misconfigured without a key."""
    try:
        key = load_pem_public_key(verify_key_file.read_bytes())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"PDX_VERIFY_KEY_FILE={verify_key_file} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Misconfigured(f"PDX_VERIFY_KEY_FILE={verify_key_file} holds no Ed25519 key")
    try:
        key.verify(base64.b64decode(release.signature, validate=True), signed_payload(release))
    except (InvalidSignature, binascii.Error) as error:
        raise ModelRejected(
            f"release {release.family}/{release.version} is not signed by this installation's key"
        ) from error


def _signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"PDX_SIGNING_KEY_FILE={path} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"PDX_SIGNING_KEY_FILE={path} holds no Ed25519 key")
    return key


def _write(path: Path, content: bytes, mode: int) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    write_private(path, content, mode)
