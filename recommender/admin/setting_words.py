"""What the settings of trainings mean, for whoever starts one. Names are those of the Config."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: What each task is for, in the words of somebody who has to choose.
SUMMARIES = {
    "pretrain": _("Lets a model read the catalogue and what people did, so that it knows the words here."),
    "contrastive": _("Teaches the text encoder which texts lead to one another: for new items and search."),
    "interest": _("Teaches a model to say whether somebody would choose an item: the second stage."),
    "distil": _("Teaches a smaller encoder to give the vectors of a larger one, in less time."),
    "keywords": _("Teaches a model to write, in words of the catalogue, what people choose next."),
}

LIVE_BASE = _("The model to begin with: a folder, a package or a hub id. Empty: the live encoder.")

#: By the last part of a setting's name; those of the loop are shown apart.
LOOP = {
    "epochs": _("How often everything is read."),
    "batch_size": _("Examples at once; fewer need less memory."),
    "accumulation": _("Batches that make one step."),
    "learning_rate": _("How far a step goes at most."),
    "warmup": _("Share of the steps in which it begins gently."),
    "weight_decay": _("How much large weights are held back."),
    "clip": _("The longest that a step may be."),
    "patience": _("Evaluations without a better figure before it stops."),
    "evaluations": _("How often in each epoch it is measured."),
    "precision": _("auto, float32 or bfloat16."),
    "checkpointing": _("Compute some things twice and keep less in memory."),
    "checkpoint_every": _("Steps between two places where it can go on after an interruption."),
}
OWN = {
    "base": _("The model to begin with: a folder, a package or a hub id; scratch makes a new one."),
    "objective": _("masked: fill in hidden words; causal: go on with a text."),
    "block": _("Tokens that are read at once."),
    "masked": _("Share of the words that are hidden."),
    "held_out": _("Share of the texts that it is measured on."),
    "most": _("Examples at most; 0 for all, where that is allowed."),
    "width": _("Size of a new model: numbers for each token."),
    "layers": _("Layers of the new or the smaller model."),
    "heads": _("Attention heads of a new model; they divide its width."),
    "vocabulary": _("Tokens that a new model knows."),
    "tokens": _("Tokens that a new model knows."),
    "in_words": _("Share of the examples that ask with the history in words as well."),
    "echo": _("How much keywords of what was read count beside those of what came next; 0: not at all."),
    "echoed": _("Newest likes whose keywords are answers too."),
    "recent": _("Likes before an answer that a question is made of, at most."),
    "max_tokens": _("What is read of a text; the newest events are kept."),
    "temperature": _("Smaller: only the nearest wrong answers count."),
    "hard": _("Wrong answers that look right: how many, or which share of them."),
    "near": _("Of how many nearest items they are drawn."),
    "dimensions": _("Beginnings of a vector that are to work by themselves."),
    "adapter": _("full changes all weights; lora small matrices beside them, merged at the end."),
    "rank": _("Width of these small matrices."),
    "frozen_layers": _("Lowest layers that stay as they are."),
    "withheld": _("Share of the items that are kept out, to see how well new ones are found."),
    "examples": _("How many are learned from, at most."),
    "history_tokens": _("What is read of a history; the newest events are kept."),
    "item_tokens": _("What is read of an item."),
    "negatives": _("Items that were not chosen, for each that was."),
    "popularity": _("How much popular items are preferred among them; 1 as they are."),
    "targets": _("Last choices of a person that are asked about."),
    "balance": _("Yeses together weigh as much as noes."),
    "validation": _("Share that it is measured on."),
    "validation_most": _("The same as a number, at most."),
    "quantise": _("Write a smaller form for the web process too."),
    "epsilon": _("Above 0: trained so that nobody's part in it can be told; 3 to 8 is usual."),
    "delta": _("How rarely that may fail; 0 chooses it by the number of persons."),
    "private_steps": _("Steps of a private training."),
    "private_batch": _("Persons in such a step, on average."),
    "private_clip": _("How much one person may move it."),
    "private_learning_rate": _("How far such a step goes."),
    "histories": _("Persons whose histories are read beside the items."),
    "events": _("Newest events of a history that are read."),
    "similarity": _("Weight of how alike texts are to each other, beside each text's own vector."),
    "least": _("Items that a word must be true of to be a keyword."),
    "most_share": _("Share of the items beyond which a word says nothing."),
    "most_keywords": _("Keywords in the vocabulary, at most."),
    "phrases": _("Phrases that several texts share are keywords, too, beside the catalogue’s own words."),
    "ahead": _("Next items whose keywords are an answer."),
    "answers": _("Keywords in an answer, at most."),
    "weighting": _("How much more rare keywords count; 0 not at all."),
    "written": _("Keywords that are written when it is measured."),
}
#: Settings of ranking algorithms. What several have means the same in each.
RANKING = {
    "regularisation": _("Larger is smoother: what few people did counts for less."),
    "decay": _("How much less an event counts than the next newer one, when items are scored."),
    "kept": _("Weights that are kept for each item; more need more memory."),
    "dense_limit": _("Only that many items, those with the most events, are modelled."),
    "backward": _("How much a step back in time counts beside one forward."),
    "two_hops": _("How much a way over a third item counts; 0 not at all."),
    "popular": _("How much less what many people choose counts; 0 as it is."),
    "gap_decay": _("What an event counts that came later than next, for each event between."),
    "reach": _("How many events further on are looked at."),
    "words": _("How much words in common count."),
    "meaning": _("How much meaning in common counts, as a text encoder finds it."),
    "dimensions": _("Numbers for each text that are compared."),
    "hours": _("A longer pause ends a basket."),
    "shrinkage": _("Baskets that a pair must be in before its share is half believed."),
    "together": _("How much it counts that the same people chose both, beside the order."),
    "past_decay": _("How much less an event counts than the next newer one, when it is trained."),
    "future_decay": _("The same for the events to come."),
    "evenness": _("0 lets items that much is known of speak louder; 1 gives each the same voice."),
    "half_life": _("Days after which an event counts half; none counts all alike."),
    "members": _("Algorithms whose scores are added up."),
    "weights": _("One for each of them; 0 leaves it out."),
    "settings": _("The settings of each, by its name in the API."),
}


def explained(name: str) -> str:
    """Of a language task. Empty for a setting that nobody explained."""
    last = name.rpartition(".")[2]
    return LOOP.get(last) or OWN.get(last, "")


def ranking_explained(name: str) -> str:
    """Of a ranking algorithm. Empty for a setting that nobody explained, such as a plugin's."""
    return RANKING.get(name, "")
