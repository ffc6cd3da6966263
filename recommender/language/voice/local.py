"""A decoder-only model from a folder, a package, a hub id or a GGUF file (worker side)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch

from ..encoder import quiet
from ..model_folder import EncoderError, ModelFolder, resolve
from .prompts import Message
from .speaking import SpokenVoice, VoiceError

GGUF = ".gguf"


class LocalVoice(SpokenVoice):
    """Says what is most likely after the question, so that the same question has the same answer.

    `name` ends in a hash of the weights. Raises VoiceError where the model cannot be loaded, or would run code.
    """

    def __init__(self, model: str, device: str = "cpu", *, common: Collection[str] = frozenset()):
        self.model, self.tokenizer, weights = _load(model)
        super().__init__(f"{Path(model).name}@{weights[:12]}", common)
        self.model.to(device).eval()
        self.tokens = frozenset(self.tokenizer.get_added_vocab()) | frozenset(self.tokenizer.all_special_tokens)
        config = self.model.config
        self.positions = int(getattr(config, "max_position_embeddings", None) or 2048)

    @torch.inference_mode()
    def answer(self, messages: Sequence[Message], tokens: int) -> str | None:
        ids = self._question(messages)
        if not ids or len(ids) + tokens > self.positions:
            return None  # what would have to be cut off is either the instruction or the question
        asked = torch.tensor([ids], device=self.model.device)
        with quiet("transformers"):
            found = self.model.generate(
                asked,
                attention_mask=torch.ones_like(asked),
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self._pad(),
            )
        return self.tokenizer.decode(found[0, len(ids) :], skip_special_tokens=True)

    def _question(self, messages: Sequence[Message]) -> list[int]:
        """In the form that the model was taught, else one part below the other."""
        if self.tokenizer.chat_template:
            text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
            return self.tokenizer(text, add_special_tokens=False)["input_ids"]
        text = "\n\n".join(message["content"] for message in messages)
        return self.tokenizer(f"{text}\n\n")["input_ids"]

    def _pad(self) -> int:
        for known in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id, self.model.config.pad_token_id):
            if isinstance(known, int):
                return known
        return 0


def _load(name: str) -> tuple[Any, Any, str]:
    """Model, tokenizer and a hash of the weights."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

    path = Path(name).expanduser()
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    try:
        if path.suffix.lower() == GGUF:
            if not path.is_file():
                raise VoiceError(f"VOICE_MODEL names the file {name!r}, which is not there.")
            folder, options["gguf_file"] = path.parent, path.name
            with path.open("rb") as file:
                weights = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            files = ModelFolder(resolve(name).fetch())
            folder, weights = files.path, files.weights_hash
        with quiet("transformers"):
            # Where nothing says of which class a tokenizer is, transformers guesses by the model, and builds it anew.
            stated = "gguf_file" in options or (folder / "tokenizer_config.json").is_file()
            family = AutoTokenizer if stated else PreTrainedTokenizerFast
            tokenizer = family.from_pretrained(folder, **options)
            given = options if "gguf_file" in options else {**options, "use_safetensors": True}
            model, report = AutoModelForCausalLM.from_pretrained(
                folder, dtype="auto", output_loading_info=True, **given
            )
    except VoiceError:
        raise
    except EncoderError as error:
        raise VoiceError(f"VOICE_MODEL: {error}") from error
    except Exception as error:  # safetensors, GGUF, OS and value errors alike
        raise VoiceError(f"VOICE_MODEL {name!r} cannot be loaded as a decoder-only model: {error}") from error
    if lacking := sorted(report["missing_keys"]):
        raise VoiceError(
            f"VOICE_MODEL {name!r} is no decoder-only model, or is damaged: it lacks {len(lacking)} tensors, such as "
            f"{lacking[0]}."
        )
    return model, tokenizer, weights
