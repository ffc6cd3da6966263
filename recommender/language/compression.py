"""Smaller and faster forms of one encoder, each written into a folder of its own (worker side).

What they cost and what they lose is measured in `measure`; the operator chooses with that table in view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.schema import Words

from .cache import TextEncoder
from .encoder import Encoder, load_encoder
from .model_folder import EncoderError, ModelFolder, resolve
from .onnx_encoder import FILES, OnnxEncoder
from .onnx_export import export

NAMES: dict[str, Words] = {
    "float32": {"en": "as it is, float32", "zh-hans": "原样，float32"},
    "bfloat16": {"en": "bfloat16", "zh-hans": "bfloat16"},
    "onnx-fp32": {"en": "for the web process, fp32", "zh-hans": "供网页进程使用，fp32"},
    "onnx-int8": {"en": "for the web process, int8", "zh-hans": "供网页进程使用，int8"},
    "matryoshka": {"en": "the first {dimensions} dimensions", "zh-hans": "前 {dimensions} 维"},
    "student": {"en": "student {name}", "zh-hans": "学生模型 {name}"},
    "adapter": {"en": "with the adapter {name}", "zh-hans": "合并适配器 {name}"},
}
STANDARD = ("float32", "bfloat16", "onnx-fp32", "onnx-int8", "matryoshka-256", "matryoshka-128", "matryoshka-64")

_MATRYOSHKA = re.compile(r"matryoshka-([1-9]\d{0,4})")
# Many texts at a time, as a worker encodes a catalogue.
_ONNX_BATCH = 16


@dataclass(frozen=True)
class Variant:
    """One form of an encoder: where it is, how wide its vectors are, how many bytes its weights take."""

    slug: str
    name: Words
    folder: Path
    dimensions: int
    size: int
    load: Callable[[], TextEncoder]


def write_variants(
    encoder: Encoder,
    folder: Path | str,
    slugs: Sequence[str] = STANDARD,
    students: Mapping[str, Path | str] | None = None,
    adapters: Mapping[str, Path | str] | None = None,
) -> list[Variant]:
    """Write those forms of `encoder` into folders below `folder`, which is made when needed.

    "float32", "bfloat16", "onnx-fp32", "onnx-int8", "matryoshka-D" with D dimensions; a D that the encoder does not
    exceed is left out. `students` are encoders distilled from this one, by name: they are on disk already. `adapters`
    are folders of peft that were trained on this encoder, by name; each is merged into a copy of it.
    Raises EncoderError for an unknown form, and for an adapter that does not fit.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    device = str(encoder.model.device)
    merged = {name: folder / f"adapter-{name}" for name in adapters or {}}
    for name, target in merged.items():
        merge_adapter(adapters[name], target, base=encoder.name)
    return [
        *(variant for slug in slugs if (variant := _written(encoder, slug, folder)) is not None),
        *(
            _torch(f"{what}-{name}", _named(what, name=name), Path(at), device)
            for what, folders in (("student", students or {}), ("adapter", merged))
            for name, at in folders.items()
        ),
    ]


def merge_adapter(adapter: Path | str, folder: Path | str, base: str = "") -> Encoder:
    """An encoder whose LoRA adapter (a folder of peft) has become part of its weights, saved in `folder`.

    W ← W + (α/r) B A, Hu et al. 2021 ("LoRA"), section 4.1: nothing is left to compute at use. `base` names the
    model that was adapted, as ENCODER_MODEL does; unless given, what the adapter says. Raises EncoderError.
    """
    from peft import PeftConfig, PeftModel

    adapter = Path(adapter)
    if not (adapter / "adapter_model.safetensors").is_file():
        raise EncoderError(f"{adapter} has no adapter_model.safetensors; only safetensors are loaded.")
    stated = PeftConfig.from_pretrained(str(adapter)).base_model_name_or_path or ""
    encoder = load_encoder(base or stated, device="cpu")
    try:
        adapted = PeftModel.from_pretrained(encoder.model, str(adapter), local_files_only=True)
        encoder.model = adapted.merge_and_unload(safe_merge=True).eval()
    except Exception as error:  # peft raises what torch, safetensors and the file system raise
        raise EncoderError(f"The adapter in {adapter} does not fit {base or stated}: {error}") from error
    encoder.save(folder)
    return load_encoder(str(folder), device="cpu")


def _written(encoder: Encoder, slug: str, folder: Path) -> Variant | None:
    if slug in ("onnx-fp32", "onnx-int8"):
        precision = slug.removeprefix("onnx-")
        target = folder / "onnx"
        if not (target / "encoder.json").is_file():
            export(encoder, target)
        size = sum(path.stat().st_size for path in target.glob(f"{FILES[precision]}*"))
        load = lambda: OnnxEncoder(target, precision, batch_size=_ONNX_BATCH)  # noqa: E731
        return Variant(slug, NAMES[slug], target, encoder.dimensions, size, load)
    found = _MATRYOSHKA.fullmatch(slug)
    if (found is None and slug not in NAMES) or slug in ("matryoshka", "student", "adapter"):
        raise EncoderError(
            f"There is no form {slug!r} of an encoder; there are float32, bfloat16, onnx-fp32, onnx-int8 and "
            "matryoshka-D, where D is a number of dimensions."
        )
    dimensions = int(found[1]) if found else encoder.dimensions
    if found and dimensions >= encoder.dimensions:
        return None
    target = folder / slug
    narrow = slug == "bfloat16"
    encoder.save(target, dimensions=dimensions)
    if narrow:
        # Read in bfloat16 and written again: half the file, and the same rounding as at use.
        load_encoder(str(target), device="cpu", dtype="bfloat16").save(target)
    name = _named("matryoshka", dimensions=dimensions) if found else NAMES[slug]
    return _torch(slug, name, target, str(encoder.model.device), "bfloat16" if narrow else "float32")


def _torch(slug: str, name: Words, folder: Path, device: str, dtype: str = "float32") -> Variant:
    files = ModelFolder(resolve(str(folder)).fetch())
    size = sum(path.stat().st_size for path in files.weights)
    dimensions = load_encoder(str(folder), device="cpu", dtype=dtype).dimensions
    return Variant(slug, name, folder, dimensions, size, lambda: load_encoder(str(folder), device=device, dtype=dtype))


def _named(key: str, **values: object) -> Words:
    return {language: text.format(**values) for language, text in NAMES[key].items()}
