"""Tiny models made from configs, a tokenizer of whole words, and a corpus whose people like one colour each."""

import numpy as np

from recommender.contracts import EventView
from recommender.data import Items
from recommender.language.corpus import Corpus, Event

COLOURS = ("red", "green", "blue")
THINGS = ("shoe", "tea", "film", "lamp", "cup", "book", "coat", "ring")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *COLOURS, *THINGS, ",", "此人", "购买", "了", "红"]


def write_tokenizer(folder, *, special):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if special:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(folder, kind, seed=0):
    """A "bert", "roberta", "gpt2" or "llama" with 1 layer and 16 dimensions, as transformers saves it."""
    import torch
    from transformers import (
        BertConfig,
        BertModel,
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig,
        LlamaForCausalLM,
        RobertaConfig,
        RobertaModel,
    )

    torch.manual_seed(seed)
    size = {"vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    size |= {"intermediate_size": 32, "max_position_embeddings": 64}
    if kind == "bert":
        model = BertModel(BertConfig(**size))
    elif kind == "roberta":
        model = RobertaModel(RobertaConfig(**size, pad_token_id=0))
    elif kind == "gpt2":
        ends = {"bos_token_id": 3, "eos_token_id": 3}
        model = GPT2LMHeadModel(
            GPT2Config(vocab_size=len(WORDS), n_embd=16, n_layer=1, n_head=2, n_positions=64, **ends)
        )
    else:
        model = LlamaForCausalLM(LlamaConfig(**size, bos_token_id=2, eos_token_id=3, pad_token_id=0))
    model.save_pretrained(folder)
    write_tokenizer(folder, special=kind == "bert")
    return str(folder)


def words(events, language):
    return " , ".join(event.title for event in events)


def colourful(persons=30, events=5, seed=0, signal=1.0):
    """A corpus in which each person likes things of one colour only, some of them in a random order."""
    random = np.random.default_rng(seed)
    texts = [f"{colour} {thing}" for colour in COLOURS for thing in THINGS]
    histories = []
    for person in range(persons):
        own = person % len(COLOURS) * len(THINGS) + random.permutation(len(THINGS))[:events]
        histories.append(
            [Event(int(item), signal, float(when), EventView("like", texts[item])) for when, item in enumerate(own)]
        )
    return Corpus(Items(np.arange(len(texts)), texts=texts), histories, words, titles=texts)
