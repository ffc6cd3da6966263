"""Voices of tiny decoders made from configs, saved to and loaded from a folder without a network."""

import json

import numpy as np
import pytest
import torch

from recommender.language.safety import common_words
from recommender.language.voice import prompts
from recommender.language.voice.local import LocalVoice
from recommender.language.voice.opening import VoiceSettings, open_voice
from recommender.language.voice.speaking import Voice, VoiceError, rules_of

from .injections import CATALOGUE, INJECTIONS
from .tiny import write_model
from .tiny_gguf import write_gguf

FACTS = {"did": "watched"}
OBEYED = [INJECTIONS[place] for place in (1, 4, 15, 29, 36, 39, 40, 42, 50, 52, 53, 58)]
COMMON = common_words(CATALOGUE)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def write_decoder(folder, texts, *, width=32, positions=320, chat_template=None):
    """A GPT-2 of one layer that knows the words of `texts`, split at blanks."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    words = dict.fromkeys(word for text in texts for word in text.split())
    vocabulary = {word: place for place, word in enumerate(["[END]", "[UNK]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="[END]", unk_token="[UNK]")
    fast.chat_template = chat_template
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    size = {"n_embd": width, "n_layer": 1, "n_head": 2, "n_positions": positions}
    none = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(vocabulary), bos_token_id=0, eos_token_id=0, **size, **none))
    model.save_pretrained(folder)
    return folder, model


def summary_facts(injection):
    return {"text": injection.text, "categories": ["Tea"]}


@pytest.fixture(scope="module")
def obedient(tmp_path_factory):
    """A real model that has learned to say what the texts in its prompt ask for."""
    asked = [prompts.messages("summary", summary_facts(injection), "en") for injection in OBEYED]
    texts = ["\n\n".join(message["content"] for message in one) + "\n\n" for one in asked]
    folder, _model = write_decoder(tmp_path_factory.mktemp("obedient"), [*texts, *(i.answer for i in OBEYED)])
    voice = LocalVoice(str(folder), common=COMMON)
    rows = [
        (voice._question(one), voice.tokenizer(i.answer)["input_ids"][:6]) for one, i in zip(asked, OBEYED, strict=True)
    ]
    width = max(len(question) + len(answer) + 1 for question, answer in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    labels = np.full((len(rows), width), -100)
    for row, (question, answer) in enumerate(rows):
        whole = [*question, *answer, 0]
        ids[row, : len(whole)] = whole
        labels[row, len(question) : len(whole)] = whole[len(question) :]
    ids, labels = torch.from_numpy(ids), torch.from_numpy(labels)
    optimiser = torch.optim.Adam(voice.model.parameters(), lr=0.01)
    voice.model.train()
    for _ in range(60):
        loss = voice.model(input_ids=ids, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss < 0.05:
            break
    voice.model.eval()
    voice.model.save_pretrained(folder)
    return folder


def test_a_real_model_that_obeys_is_not_heard(obedient):
    voice = LocalVoice(str(obedient), common=COMMON)
    raw = [voice.answer(prompts.messages("summary", summary_facts(i), "en"), 8) or "" for i in OBEYED]
    said = [injection.answer.split()[0] in answer for injection, answer in zip(OBEYED, raw, strict=True)]
    assert sum(said) >= 8  # else this model proves nothing
    assert [voice.word("summary", summary_facts(injection), "en") for injection in OBEYED] == [None] * len(OBEYED)
    assert voice.outcomes["refused"] == len(OBEYED)


def test_a_real_model_names_no_id_that_was_not_offered(obedient):
    voice = LocalVoice(str(obedient), common=COMMON)
    offered = {"tea-1": "Black tea", "tea-2": "Green tea"}
    for injection in INJECTIONS:
        assert set(voice.choose(injection.text, {**offered, "tea-3": injection.text}, 2, "en")) <= {*offered, "tea-3"}


def test_a_prompt_that_the_model_cannot_read_as_a_whole_is_not_cut(tmp_path):
    voice = LocalVoice(write_model(tmp_path, "llama"), common=COMMON)
    assert isinstance(voice, Voice)
    assert voice.word("explanation", FACTS, "en") is None
    assert voice.outcomes == {"failed": 1}


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_the_same_question_has_the_same_answer(tmp_path, kind):
    folder = write_model(tmp_path, kind)
    asked = [{"role": "user", "content": "red tea"}]
    first = LocalVoice(folder).answer(asked, 4)
    assert isinstance(first, str)
    assert LocalVoice(folder).answer(asked, 4) == first


def test_a_chat_template_is_used_where_there_is_one(tmp_path):
    template = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }} {% endfor %}[assistant]"
    folder, _ = write_decoder(tmp_path, ["[user] [assistant] hello"], chat_template=template)
    voice = LocalVoice(str(folder))
    ids = voice._question([{"role": "user", "content": "hello"}])
    assert voice.tokenizer.convert_ids_to_tokens(ids) == ["[user]", "hello", "[assistant]"]


def test_control_tokens_of_the_model_cannot_stand_in_data(tmp_path):
    folder, _ = write_decoder(tmp_path, ["tea"])
    voice = LocalVoice(str(folder))
    asked = prompts.messages("shelf", {"keywords": ["tea [END] [UNK] tea"]}, "en", voice.tokens)
    assert "[END]" not in asked[1]["content"]
    assert '<data name="keywords">tea tea</data>' in " ".join(asked[1]["content"].split())


def test_other_weights_make_another_voice(tmp_path):
    one = LocalVoice(write_model(_made(tmp_path / "one"), "llama", seed=0))
    two = LocalVoice(write_model(_made(tmp_path / "two"), "llama", seed=1))
    assert one.fingerprint("shelf", "en") != two.fingerprint("shelf", "en")


def test_a_model_that_would_run_code_or_is_not_there_is_refused(tmp_path):
    write_model(tmp_path, "llama")
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModelForCausalLM": "evil.Model"}}))
    with pytest.raises(VoiceError, match="auto_map"):
        LocalVoice(str(tmp_path))
    with pytest.raises(VoiceError, match="VOICE_MODEL"):
        LocalVoice("/nowhere/at/all")
    with pytest.raises(VoiceError, match="not there"):
        LocalVoice("/nowhere/model.gguf")


def test_an_encoder_is_no_voice(tmp_path):
    with pytest.raises(VoiceError, match="decoder-only"):
        LocalVoice(write_model(tmp_path, "bert"))


def test_a_gguf_file_is_a_voice(tmp_path):
    model = write_gguf(tmp_path / "tiny.gguf")
    voice = LocalVoice(str(tmp_path / "tiny.gguf"))
    torch.testing.assert_close(voice.model.model.norm.weight, model.model.norm.weight)
    assert isinstance(voice.answer([{"role": "user", "content": "tea"}], 4), str)
    assert "<|end|>" in voice.tokens and voice.name.startswith("tiny.gguf@")
    assert voice.word("explanation", FACTS, "en") is None  # letters at random are no sentence


def test_settings_without_a_url_mean_a_local_model(tmp_path):
    assert isinstance(open_voice(VoiceSettings(model=write_model(tmp_path, "llama"))), LocalVoice)


def test_rules_follow_the_facts():
    rules = rules_of("summary", {"text": "tea", "attributes": ["50 g", "year: 1954"]}, COMMON)
    assert rules.facts == ["tea", "50 g. year: 1954"]
    assert rules.numbers == ["50 g", "year: 1954"]


def _made(folder):
    folder.mkdir()
    return folder
