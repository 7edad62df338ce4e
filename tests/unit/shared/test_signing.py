from pathlib import Path

import msgspec
import pytest

from contracts.models import DriftReferenceStored, ModelReleased, signed_payload
from shared.errors import Misconfigured, ModelRejected
from shared.signing import ensure_keys, sign_release, verify_release
from tests.support.releases import a_release


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "keys" / "signing.key", tmp_path / "keys" / "signing.pub"
    ensure_keys(private, public)
    return private, public


def test_a_signed_release_verifies(keys: tuple[Path, Path]) -> None:
    verify_release(sign_release(a_release(), keys[0]), keys[1])


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "0" * 64},
        {"feature_set": "another"},
        {"metrics": {"auc": 1.0}},
        {"version": "other"},
        {"signature": ""},
        {"signature": "not base64!"},
    ],
)
def test_any_change_after_signing_is_rejected(keys: tuple[Path, Path], change: dict[str, object]) -> None:
    signed = sign_release(a_release(), keys[0])
    altered: ModelReleased = msgspec.structs.replace(signed, **change)
    with pytest.raises(ModelRejected):
        verify_release(altered, keys[1])


def test_a_key_of_another_installation_is_rejected(keys: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    ensure_keys(other / "signing.key", other / "signing.pub")
    with pytest.raises(ModelRejected):
        verify_release(sign_release(a_release(), keys[0]), other / "signing.pub")


def test_keys_are_made_once_and_private(keys: tuple[Path, Path]) -> None:
    before = keys[0].read_bytes()
    ensure_keys(*keys)
    assert keys[0].read_bytes() == before
    assert keys[0].stat().st_mode & 0o777 == 0o600


def test_a_lost_signing_key_is_said_and_not_replaced(keys: tuple[Path, Path]) -> None:
    keys[0].unlink()
    with pytest.raises(Misconfigured, match="restore the signing key"):
        ensure_keys(*keys)


def test_a_missing_verify_key_names_its_setting(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    with pytest.raises(Misconfigured, match="PDX_VERIFY_KEY_FILE"):
        verify_release(sign_release(a_release(), keys[0]), tmp_path / "none.pub")


LATER = ("reference_row", "drift_reference")
"""Fields that releases of before had not."""
STORED = DriftReferenceStored(uri="artefact:1", sha256="1", sample_uri="artefact:2", sample_sha256="2")


def test_a_release_without_later_fields_is_signed_as_before_it_had_them() -> None:
    payload = msgspec.json.decode(signed_payload(a_release()))
    assert not set(payload) & set(LATER)
    assert payload["signature"] == ""
    assert set(payload) == {field for field in ModelReleased.__struct_fields__ if field not in LATER}


def test_a_drift_reference_cannot_be_swapped_under_a_valid_signature(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "private.pem", tmp_path / "public.pem")
    signed = sign_release(a_release(drift_reference=STORED), tmp_path / "private.pem")
    verify_release(signed, tmp_path / "public.pem")
    for other in (msgspec.structs.replace(STORED, sha256="3"), None):
        with pytest.raises(ModelRejected, match="not signed"):
            verify_release(msgspec.structs.replace(signed, drift_reference=other), tmp_path / "public.pem")


def test_a_reference_row_cannot_be_swapped_under_a_valid_signature(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "private.pem", tmp_path / "public.pem")
    signed = sign_release(a_release(reference_row=(0.5, 0.5)), tmp_path / "private.pem")
    verify_release(signed, tmp_path / "public.pem")
    swapped = msgspec.structs.replace(signed, reference_row=(0.5, 0.6))
    with pytest.raises(ModelRejected, match="not signed"):
        verify_release(swapped, tmp_path / "public.pem")
    bare = msgspec.structs.replace(signed, reference_row=())
    with pytest.raises(ModelRejected, match="not signed"):
        verify_release(bare, tmp_path / "public.pem")
