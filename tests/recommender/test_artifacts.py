"""Artifacts are whole or not there, and nobody can change one unseen."""

import json

import pytest

from recommender.artifacts import ArtifactError, publish, verify


def write(folder):
    (folder / "config.json").write_text("{}")
    (folder / "weights.npz").write_bytes(b"weights")


@pytest.fixture
def artifact(tmp_path):
    publish(tmp_path / "one", write, {"algorithm": "ease"})
    return tmp_path / "one"


def test_the_manifest_names_every_file_with_its_hash(artifact):
    manifest = verify(artifact)
    assert manifest["algorithm"] == "ease"
    assert set(manifest["files"]) == {"config.json", "weights.npz"}
    assert all(len(digest) == 64 for digest in manifest["files"].values())


def test_a_flipped_byte_is_noticed(artifact):
    (artifact / "weights.npz").write_bytes(b"weightz")
    with pytest.raises(ArtifactError, match=r"weights\.npz .* was changed"):
        verify(artifact)


def test_a_missing_file_is_noticed(artifact):
    (artifact / "weights.npz").unlink()
    with pytest.raises(ArtifactError, match=r"weights\.npz is missing"):
        verify(artifact)


def test_a_symlink_is_refused(artifact, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"weights")
    (artifact / "weights.npz").unlink()
    (artifact / "weights.npz").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtifactError, match="points outside"):
        verify(artifact)


def test_a_manifest_cannot_name_files_outside(artifact, tmp_path):
    (tmp_path / "secret").write_text("x")
    manifest = json.loads((artifact / "manifest.json").read_text())
    manifest["files"]["../secret"] = "0" * 64
    (artifact / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="points outside"):
        verify(artifact)


def test_an_unreadable_manifest_is_named(tmp_path):
    with pytest.raises(ArtifactError, match="no readable manifest"):
        verify(tmp_path)


def test_an_artifact_is_never_overwritten(artifact):
    with pytest.raises(ArtifactError, match="exists already"):
        publish(artifact, write, {})


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    def fails(folder):
        write(folder)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        publish(tmp_path / "one", fails, {})
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"model\.pkl"):
        publish(tmp_path / "one", lambda folder: (folder / "model.pkl").write_bytes(b"x"), {})
    assert list(tmp_path.iterdir()) == []
