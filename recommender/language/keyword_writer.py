"""Reads histories and writes keywords of what comes next, none outside the vocabulary (worker side)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import LogitsProcessorList

from .encoder import quiet
from .keyword_model import Seq2Seq, load_seq2seq
from .keyword_vocabulary import WORDS_FILE, KeywordVocabulary
from .model_folder import EncoderError, ModelFolder
from .text import clean
from .trie import OnlyWritten, Trie

SETTINGS_FILE = "writer.json"
BATCH = 32

#: Called with how many texts are done and how many there are.
Progress = Callable[[int, int], None]


class KeywordWriter:
    """An encoder–decoder that may write the keywords of a vocabulary and nothing else.

    `allowed` are the numbers of the keywords that it may write. `max_tokens` is what it reads of a history.
    """

    def __init__(
        self,
        seq2seq: Seq2Seq,
        vocabulary: KeywordVocabulary,
        allowed: Sequence[int],
        max_tokens: int,
        weights: str = "",
    ):
        self.seq2seq = seq2seq
        self.vocabulary = vocabulary
        self.max_tokens = max_tokens
        self.allowed = np.array(allowed, dtype=np.int64)
        spelt = seq2seq.spell([vocabulary.words[place] for place in self.allowed])
        self.trie = Trie(spelt, seq2seq.end)
        parts = [weights, *vocabulary.words, str(max_tokens), seq2seq.tokenizer.to_str()]
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def __len__(self) -> int:
        """How many keywords it can write."""
        return len(self.trie)

    def count_tokens(self, text: str) -> int:
        """For cutting a history by whole events; see `preparation.fit_to_tokens`."""
        return self.seq2seq.count(text)

    def write(
        self, history_texts: Sequence[str], k: int = 10, progress: Progress | None = None, beams: int = 0
    ) -> list[list[tuple[str, float]]]:
        """Up to k different keywords for each history, each with its probability among all that could be written.

        The best first; nothing for a history without text. `beams` are kept while writing, k unless that is more.
        """
        found: list[list[tuple[str, float]]] = [[] for _ in history_texts]
        if k < 1 or not len(self.trie):
            return found
        rows = self.seq2seq.encode([clean(text) for text in history_texts], self.max_tokens)
        # Alike lengths together; a history of nothing but its end is not asked about.
        order = sorted((place for place, row in enumerate(rows) if len(row) > 1), key=lambda place: len(rows[place]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            for place, own in zip(places, self._write([rows[place] for place in places], k, beams), strict=True):
                found[place] = own
            if progress:
                progress(start + len(places), len(order))
        return found

    @torch.inference_mode()
    def _write(self, rows: Sequence[Sequence[int]], k: int, beams: int) -> list[list[tuple[str, float]]]:
        # A beam is one keyword: beams differ, so that an answer has no keyword twice and needs no separator.
        count = min(k, len(self.trie))
        with quiet("transformers"):
            answer = self.seq2seq.model.generate(
                **self.seq2seq.read(rows),
                logits_processor=LogitsProcessorList([OnlyWritten(self.trie)]),
                num_beams=max(count, min(beams or 2, len(self.trie))),
                num_return_sequences=count,
                do_sample=False,
                length_penalty=0.0,  # the score of a keyword is the logarithm of its probability
                early_stopping=False,
                min_new_tokens=0,
                min_length=0,
                max_new_tokens=self.trie.depth,
                forced_bos_token_id=None,
                forced_eos_token_id=None,
                no_repeat_ngram_size=0,
                repetition_penalty=1.0,
                pad_token_id=self.seq2seq.pad,
                eos_token_id=self.seq2seq.end,
                decoder_start_token_id=self.seq2seq.start,
                output_scores=True,
                return_dict_in_generate=True,
            )
        sequences = answer.sequences.cpu().numpy()[:, 1:]
        numbers = self.trie.written(sequences).reshape(len(rows), count)
        # Where there is but one keyword there is one beam, of which transformers gives no score: it is certain.
        told = getattr(answer, "sequences_scores", None)
        scores = np.zeros(numbers.size) if told is None else told.float().cpu().numpy()
        return [self._named(own, logs) for own, logs in zip(numbers, scores.reshape(len(rows), count), strict=True)]

    def _named(self, numbers: np.ndarray, logs: np.ndarray) -> list[tuple[str, float]]:
        named: dict[str, float] = {}
        for number, log in zip(numbers.tolist(), logs.tolist(), strict=True):
            if number >= 0 and np.isfinite(log):
                named.setdefault(self.vocabulary.words[self.allowed[number]], float(np.exp(log)))
        return sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))

    def save(self, folder: Path) -> None:
        self.seq2seq.save(folder)
        self.vocabulary.save(folder)
        settings = {"max_tokens": self.max_tokens, "allowed": self.allowed.tolist()}
        (folder / SETTINGS_FILE).write_text(json.dumps(settings) + "\n")

    @classmethod
    def load(cls, folder: Path | str, device: str = "cpu") -> KeywordWriter:
        """From the folder that the task `keywords` leaves. Raises EncoderError when it holds no keyword writer."""
        folder = Path(folder)
        if not (folder / SETTINGS_FILE).is_file() or not (folder / WORDS_FILE).is_file():
            raise EncoderError(f"{folder} holds no keyword writer; train one with the task “keywords” first.")
        settings = json.loads((folder / SETTINGS_FILE).read_text())
        seq2seq = load_seq2seq(str(folder))
        seq2seq.model.to(device)
        vocabulary = KeywordVocabulary.load(folder)
        weights = ModelFolder(folder).weights_hash
        return cls(seq2seq, vocabulary, settings["allowed"], int(settings["max_tokens"]), weights)
