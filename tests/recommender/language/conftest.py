"""Encoders for tests: a tiny BERT made from a config, and the real one from its package."""

import json

import pytest

from recommender.language.encoder import load_encoder

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "shoe", "tea", "film", "a", "of"]


def write_tiny_model(folder, seed=0):
    """A BERT with 2 layers and 16 dimensions and a tokenizer of whole words, as transformers saves them."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    BertModel(
        BertConfig(
            vocab_size=len(VOCABULARY),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=12,
        )
    ).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def edit_json(path, **changes):
    content = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**content, **changes}))


@pytest.fixture
def tiny_folder(tmp_path):
    return write_tiny_model(tmp_path / "tiny")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return load_encoder(str(write_tiny_model(tmp_path_factory.mktemp("tiny"))), device="cpu", batch_size=2)


@pytest.fixture(scope="session")
def minilm():
    return load_encoder(device="cpu")
