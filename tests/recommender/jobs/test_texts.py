"""Sentences that a voice words: kept when they are true of any title, and never when they say more."""

import pytest

from recommender.jobs.texts import facts_of_sentence, texts_word
from recommender.language.voice.speaking import SpokenVoice
from recommender.models import GeneratedText
from recommender.verticals.video.vertical import VERTICAL
from tests.recommender.language.injections import INJECTIONS


class Says(SpokenVoice):
    """Always says the same, in the language of the question; `asked` are the questions."""

    def __init__(self, with_facet: str, without: str, name="says"):
        super().__init__(name)
        self.with_facet, self.without, self.asked = with_facet, without, []

    def answer(self, messages, tokens):
        self.asked.append(messages[1]["content"])
        return self.with_facet if 'name="shared"' in self.asked[-1] else self.without


def kept(storefront, language="en") -> dict[str, str]:
    return dict(GeneratedText.objects.filter(storefront=storefront, language=language).values_list("key", "text"))


def test_a_voice_is_told_our_sentence_and_no_title():
    assert facts_of_sentence(VERTICAL, "watch", "directors", "en") == {
        "did": "Because you watched {title}",
        "shared": "also directed by {facet}",
    }
    assert facts_of_sentence(VERTICAL, "watch", "", "zh-hans") == {"did": "因为你看过《{title}》"}


def test_what_is_true_of_any_title_is_kept(cinema):
    voice = Says("{item} and {title} are both in {facet}.", "Because of {title}.")
    result = texts_word(cinema, voice, ["en"])
    assert kept(cinema)["video/watch/category"] == "{item} and {title} are both in {facet}."
    assert kept(cinema)["video/watch/nothing"] == "Because of {title}."
    assert result.kept == len(kept(cinema)) > 2
    row = GeneratedText.objects.get(key="video/watch/nothing")
    assert (row.kind, row.model, len(row.fingerprint)) == ("explanation", "says", 16)


def test_chinese_is_worded_in_chinese(cinema):
    texts_word(cinema, Says("因为你看过《{title}》，同属“{facet}”。", "因为你看过《{title}》。"), ["zh-hans"])
    assert kept(cinema, "zh-hans")["video/watch/category"] == "因为你看过《{title}》，同属“{facet}”。"
    assert kept(cinema, "en") == {}


def test_every_language_of_the_site_is_worded_unless_told_otherwise(cinema):
    voice = Says("", "")
    result = texts_word(cinema, voice)
    assert len(voice.asked) == result.silent == 2 * texts_word(cinema, voice, ["en"]).silent


@pytest.mark.parametrize(
    "text",
    [
        "You watched {title} last week, also {facet}.",
        "Everybody who saw {title} and {facet} loves {item}.",
        "Because you bought {title}, also in {facet}.",
        "A film for you, also in {facet}.",
        "Because you watched {title} and {title}, also in {facet}.",
    ],
)
def test_what_says_more_than_is_known_is_not_kept(cinema, text):
    result = texts_word(cinema, Says(text, text), ["en"])
    assert kept(cinema) == {}
    assert result.silent + len(result.refused) > 0


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda injection: injection.answer[:20])
def test_a_voice_that_obeys_strangers_leaves_nothing(cinema, injection):
    texts_word(cinema, Says(f"{{title}} {{facet}} {injection.answer}", f"{injection.answer} {{title}}"), ["en"])
    assert kept(cinema) == {}


def test_nobody_is_asked_twice_for_the_same(cinema):
    voice = Says("{item} and {title} are both in {facet}.", "Because of {title}.")
    first = texts_word(cinema, voice, ["en"])
    voice.asked.clear()
    again = texts_word(cinema, voice, ["en"])
    assert (again.kept, again.unchanged) == (0, first.kept)
    assert len(voice.asked) == len(first.refused) + first.silent


def test_another_voice_takes_the_place_of_one_that_was_kept_and_silence_does_not(cinema):
    texts_word(cinema, Says("", "Because of {title}."), ["en"])
    texts_word(cinema, Says("", "Your interest in {title} and secrets.", "liar"), ["en"])
    assert kept(cinema)["video/watch/nothing"] == "Because of {title}."
    texts_word(cinema, Says("", "You watched {title}.", "other"), ["en"])
    assert kept(cinema)["video/watch/nothing"] == "You watched {title}."


def test_what_the_checker_no_longer_passes_is_removed(cinema):
    for key, text in [("video/watch/nothing", "You bought {title}."), ("video/gone/nothing", "Because of {title}.")]:
        GeneratedText.objects.create(
            storefront=cinema, kind="explanation", key=key, language="en", text=text, model="x", fingerprint="0"
        )
    summary = {"kind": "summary", "key": "item-1", "language": "en", "text": "A film.", "model": "x"}
    GeneratedText.objects.create(storefront=cinema, fingerprint="0", **summary)
    assert texts_word(cinema, Says("", ""), ["en"]).removed == 2
    assert kept(cinema) == {"item-1": "A film."}


def test_a_voice_that_cannot_be_reached_is_left_alone_and_the_rest_waits(cinema):
    class Fails(Says):
        def answer(self, messages, tokens):
            super().answer(messages, tokens)
            self.available = len(self.asked) < 3
            return None

    voice = Fails("", "")
    result = texts_word(cinema, voice, ["en"])
    assert (len(voice.asked), result.silent) == (3, 3)
    assert result.waiting > 0


def test_one_storefront_does_not_word_for_another(cinema, shop):
    texts_word(cinema, Says("", "Because of {title}."), ["en"])
    assert kept(shop) == {}


def test_progress_is_told_to_the_end(cinema):
    seen = []
    texts_word(cinema, Says("", ""), ["en"], lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] == len(seen) - 1
