from pathlib import Path

import pytest

from shared.artefacts import ArtefactStore
from shared.errors import ModelRejected, TransientFailure


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(str(tmp_path / "artefacts"))


def test_what_was_put_is_got_by_its_sha256(store: ArtefactStore) -> None:
    artefact = store.put(b"model")
    assert store.get(artefact.uri, artefact.sha256) == b"model"
    assert artefact.size_bytes == 5


def test_an_altered_file_is_rejected_and_mended_by_the_next_put(store: ArtefactStore) -> None:
    artefact = store.put(b"model")
    path = store.root / artefact.sha256[:2] / artefact.sha256
    path.write_bytes(b"mOdel")
    with pytest.raises(ModelRejected, match="altered"):
        store.get(artefact.uri, artefact.sha256)
    store.put(b"model")
    assert store.get(artefact.uri, artefact.sha256) == b"model"


def test_a_missing_file_may_come_back(store: ArtefactStore) -> None:
    with pytest.raises(TransientFailure, match="cannot be read"):
        store.get("artefact:" + "0" * 64, "0" * 64)


@pytest.mark.parametrize(
    ("uri", "digest"),
    [
        ("file:///etc/passwd", "0" * 64),
        ("artefact:../../etc/passwd", "../../etc/passwd"),
        ("artefact:" + "0" * 64, "1" * 64),
        ("artefact:" + "G" * 64, "G" * 64),
    ],
)
def test_only_a_sha256_names_a_file(store: ArtefactStore, uri: str, digest: str) -> None:
    with pytest.raises(ModelRejected, match="does not name"):
        store.get(uri, digest)


def test_no_partial_file_is_left(store: ArtefactStore) -> None:
    store.put(b"model")
    assert not [path for path in store.root.rglob(".partial-*")]
