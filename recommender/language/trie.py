"""Which tokens may come next, so that only whole sequences of a given set can be written (worker side).

After De Cao et al. 2021 ("Autoregressive entity retrieval"), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import LogitsProcessor

NOWHERE = -1


class Trie:
    """A tree over token ids as flat arrays, walked for many prefixes at once. Node 0 is the empty prefix.

    Sequence i ends with the token `end`, which is appended here; the node behind it has the number i. Of sequences
    that are the same the first counts, and empty ones cannot be written: `left_out` lists both.
    """

    def __init__(self, sequences: Sequence[Sequence[int]], end: int):
        self.end = end
        self.left_out: list[int] = []
        children: list[dict[int, int]] = [{}]
        numbers = [NOWHERE]
        for number, sequence in enumerate(sequences):
            node = 0
            if len(sequence) == 0 or end in sequence:
                self.left_out.append(number)
                continue
            for token in (*sequence, end):
                if token not in children[node]:
                    children[node][token] = len(children)
                    children.append({})
                    numbers.append(NOWHERE)
                node = children[node][token]
            if numbers[node] == NOWHERE:
                numbers[node] = number
            else:
                self.left_out.append(number)
        self.number = np.array(numbers, dtype=np.int64)
        self.depth = max((len(sequence) + 1 for sequence in sequences), default=0)
        # Children of node p are starts[p]:starts[p + 1], by token; `_keys` ascend, so that a step is a binary search.
        self._starts = np.concatenate([[0], np.cumsum([len(own) for own in children])])
        edges = [(node, token, child) for node, own in enumerate(children) for token, child in sorted(own.items())]
        columns = np.array(edges, dtype=np.int64).reshape(-1, 3)
        self._tokens, self._targets = columns[:, 1], columns[:, 2]
        self._width = int(self._tokens.max(initial=0)) + 1
        self._keys = columns[:, 0] * self._width + self._tokens

    def __len__(self) -> int:
        """How many sequences can be written."""
        return int((self.number != NOWHERE).sum())

    def step(self, nodes: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """(n,) the node that each token leads to, NOWHERE where none does."""
        wanted = nodes * self._width + tokens
        places = np.minimum(np.searchsorted(self._keys, wanted), max(0, len(self._keys) - 1))
        there = (nodes != NOWHERE) & (tokens < self._width) & (tokens >= 0)
        there &= self._keys[places] == wanted if len(self._keys) else False
        return np.where(there, self._targets[places] if len(self._keys) else NOWHERE, NOWHERE)

    def walk(self, prefixes: np.ndarray) -> np.ndarray:
        """(n,) nodes of (n, t) prefixes."""
        nodes = np.zeros(len(prefixes), dtype=np.int64)
        for tokens in prefixes.T:
            nodes = self.step(nodes, tokens)
        return nodes

    def allowed(self, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (row of `nodes`, token) of what may come next; `end` where the sequence is over or nowhere."""
        starts = self._starts[nodes]
        counts = np.where(nodes == NOWHERE, 0, self._starts[nodes + 1] - starts)
        over = np.flatnonzero(counts == 0)
        rows = np.repeat(np.arange(len(nodes)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        tokens = self._tokens[np.repeat(starts, counts) + within]
        return np.concatenate([rows, over]), np.concatenate([tokens, np.full(len(over), self.end)])

    def written(self, sequences: np.ndarray) -> np.ndarray:
        """(n,) numbers of (n, t) sequences that reach their end, whatever follows it; NOWHERE for others."""
        nodes = np.zeros(len(sequences), dtype=np.int64)
        found = np.full(len(sequences), NOWHERE, dtype=np.int64)
        for tokens in sequences.T:
            nodes = self.step(nodes, tokens)
            ended = nodes != NOWHERE
            found[ended] = np.maximum(found[ended], self.number[nodes[ended]])
        return found


class OnlyWritten(LogitsProcessor):
    """Leaves a decoder only the tokens that a trie allows, and shares their probability anew among them.

    The sum of the log probabilities of a sequence is then that of the sequence among all that can be written.
    """

    def __init__(self, trie: Trie):
        self.trie = trie

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        prefixes = input_ids[:, 1:].cpu().numpy()  # without the token that starts a decoder
        rows, tokens = self.trie.allowed(self.trie.walk(prefixes))
        places = torch.from_numpy(rows).to(scores.device), torch.from_numpy(tokens).to(scores.device)
        kept = torch.full_like(scores, -torch.inf)
        kept[places] = scores[places]
        return kept.log_softmax(dim=-1)
