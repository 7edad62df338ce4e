from pathlib import Path

import msgspec
import pytest

from contracts.models import ModelReleased
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
        {"feature_set": "battle-v2"},
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
