"""Language models with a head that says tokens: from a folder, or new from a config with a tokenizer of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .encoder import quiet, read_model
from .model_folder import PINNED_WEIGHTS, EncoderError, ModelFolder, resolve
from .task import TaskError

SCRATCH = "scratch"
#: The label of a token that the loss leaves out; what transformers' losses take it to be.
IGNORED = -100

PAD, UNKNOWN, CLS, SEP, MASK, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<|end|>"


@dataclass(frozen=True)
class Sizes:
    """Of a model that is made from scratch."""

    width: int
    layers: int
    heads: int
    positions: int


@dataclass
class LanguageModel:
    """A model, its tokenizer (of `tokenizers`), and the tokens that matter. `source` is the folder it came from."""

    model: Any
    tokenizer: Any
    objective: str
    pad: int
    mask: int
    end: int
    fresh_head: bool
    source: Path | None = None
    special_ids: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.special_ids = frozenset(
            number for number, token in self.tokenizer.get_added_tokens_decoder().items() if token.special
        ) | frozenset(self.tokenizer.encode("").ids)

    @property
    def vocabulary(self) -> int:
        return int(self.model.config.vocab_size)

    @property
    def positions(self) -> int:
        """Tokens that the model can read at once."""
        config = self.model.config
        most = int(getattr(config, "max_position_embeddings", None) or 512)
        return most - 2 if config.model_type in ("roberta", "xlm-roberta", "camembert") else most

    @property
    def special(self) -> int:
        """How many tokens go around a text."""
        return len(self.tokenizer.encode("").ids) if self.objective == "masked" else 1

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, for the masked objective with what belongs around a text."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=self.objective == "masked")
        return [encoding.ids for encoding in encodings]

    def count(self, text: str) -> int:
        """Tokens of a text without what goes around it."""
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def save(self, folder: Path) -> None:
        """A plain transformers folder with its tokenizer."""
        from transformers import PreTrainedTokenizerFast

        self.model.save_pretrained(folder)
        if self.source is not None and (self.source / "tokenizer_config.json").is_file():
            (folder / "tokenizer_config.json").write_bytes((self.source / "tokenizer_config.json").read_bytes())
            self.tokenizer.save(str(folder / "tokenizer.json"))
            return
        names = {"mask_token": MASK, "pad_token": PAD, "unk_token": UNKNOWN, "cls_token": CLS, "sep_token": SEP}
        if self.objective == "causal":
            names = {"eos_token": END}
        known = {name: token for name, token in names.items() if self.tokenizer.token_to_id(token) is not None}
        with quiet("transformers"):
            PreTrainedTokenizerFast(tokenizer_object=self.tokenizer, **known).save_pretrained(folder)


def go_on(base: str, objective: str) -> LanguageModel:
    """The model that `base` names, with a head for the objective; a head that it lacks is made anew.

    Raises EncoderError, and TaskError where the model cannot do this objective.
    """
    from tokenizers import Tokenizer
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    resolved = resolve(base)
    folder = ModelFolder(resolved.fetch())
    _ = folder.weights_hash  # raises where there is no safetensors
    if resolved.kind == "package" and resolved.name in PINNED_WEIGHTS:
        folder.verify(PINNED_WEIGHTS[resolved.name])
    family = AutoModelForMaskedLM if objective == "masked" else AutoModelForCausalLM
    try:
        tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
        model, missing = read_model(family, folder.path, dtype=torch.float32)
    except Exception as error:  # safetensors, OS and value errors, and models without such a head
        raise EncoderError(f"{base!r} cannot be pretrained with the {objective} objective: {error}") from error
    body = [key for key in missing if key.startswith(f"{model.base_model_prefix}.")]
    lacking = [key for key in body if ".pooler." not in key]
    if lacking:
        raise EncoderError(f"The weights in {folder.path} lack {len(lacking)} tensors, such as {lacking[0]}.")
    mask = next((number for name in (MASK, "<mask>") if (number := tokenizer.token_to_id(name)) is not None), None)
    if objective == "masked" and mask is None:
        raise TaskError(f"The tokenizer of {base!r} has no mask token; use the causal objective or another model.")
    end = model.config.eos_token_id
    if objective == "causal" and not isinstance(end, int):
        raise TaskError(f"{base!r} names no token that ends a text (eos_token_id); use the masked objective.")
    return LanguageModel(
        model=model,
        tokenizer=tokenizer,
        objective=objective,
        pad=int(model.config.pad_token_id or 0),
        mask=mask or 0,
        end=end if isinstance(end, int) else 0,
        fresh_head=len(missing) > len(body),
        source=folder.path,
    )


def begin(objective: str, texts: Sequence[str], vocabulary: int, sizes: Sizes, seed: int) -> LanguageModel:
    """A new BERT or, for the causal objective, Llama, and a tokenizer trained on `texts`."""
    from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

    tokenizer = _word_pieces(texts, vocabulary) if objective == "masked" else _byte_pairs(texts, vocabulary)
    size = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": sizes.width,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": 4 * sizes.width,
        "max_position_embeddings": sizes.positions,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if objective == "masked":
            pad = tokenizer.token_to_id(PAD)
            model: Any = BertForMaskedLM(BertConfig(**size, pad_token_id=pad))
            return LanguageModel(model, tokenizer, objective, pad, tokenizer.token_to_id(MASK), 0, fresh_head=False)
        end = tokenizer.token_to_id(END)
        ends = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end}
        model = LlamaForCausalLM(LlamaConfig(**size, **ends, tie_word_embeddings=True))
        return LanguageModel(model, tokenizer, objective, end, 0, end, fresh_head=False)


def _word_pieces(texts: Sequence[str], vocabulary: int) -> Any:
    """As BERT's: lower case, Chinese characters one by one."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    names = [PAD, UNKNOWN, CLS, SEP, MASK]
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}", special_tokens=[(name, tokenizer.token_to_id(name)) for name in (CLS, SEP)]
    )
    return tokenizer


def _byte_pairs(texts: Sequence[str], vocabulary: int) -> Any:
    """As GPT-2's: over bytes, so that no text is unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
