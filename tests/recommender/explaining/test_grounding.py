"""A sentence passes if the trace says all of it, and no other one does."""

import pytest

from recommender.explaining import Checker, Deed, Lexicon, Thing, Trace

from ...plugin.kindred_books.vertical import VERTICAL as BOOKS
from .conftest import facets


@pytest.mark.parametrize(
    "sentence",
    [
        "Because you watched Heat (1995) – also directed by Michael Mann",
        "Because you rated Heat (1995); because you saved Toy Story.",
        "Because Toy Story caught your eye.",
        "because you watched HEAT (1995).",
        "You watched “Heat (1995)”, and this film is also by Michael Mann.",
        "Since you enjoyed Heat (1995), you might like Collateral (2004), also in Crime.",
        "Like Heat (1995), which you watched, this is by the same director.",
        "You watched Heat (1995) and saved Toy Story.",
        "You enjoyed Heat (1995), and Collateral (2004) shares its director, Michael Mann.",
        "Because you watched Heat (1995), Collateral (2004) might match your taste.",
        "Two films of yours, Heat (1995) and Toy Story, brought us to this.",
        "Michael Mann directed both Heat (1995), which you watched, and Collateral (2004).",
    ],
)
def test_what_the_trace_says_passes(sentence, english, trace):
    assert english.refusal(sentence, trace) == ""


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("another title", "Because you watched Casablanca."),
        ("a title that contains one", "Because you saved Toy Story 2."),
        ("a longer title of the catalogue", "because you saved the toy story"),
        ("a part of a title", "You watched Heat, so this fits."),
        ("a paraphrased title", "Because you watched that heat film from 1995."),
        ("a title that goes on", "Because you saved Toy Story: Maybe."),
        ("a title that goes on after a hyphen", "Because you saved Toy Story-maybe."),
        ("a title and a genre as one title", "Because you saved Toy Story Crime."),
        ("a title made of ordinary words", "Because you watched It."),
        ("the same in quotes", "Because you watched “it”."),
        ("an addition inside quotes", "Because you saved “Toy Story too”."),
        ("another kind of act", "Because you bought Heat (1995)."),
        ("an act on the wrong title", "Because you watched Toy Story."),
        ("the second of a list", "You watched Heat (1995) and Toy Story."),
        ("the rest of a list in a sentence of its own", "You watched Heat (1995). And Toy Story."),
        ("the opposite", "Because you disliked Heat (1995)."),
        ("a negation", "Because you did not like Heat (1995)."),
        ("a contracted negation", "You didn't enjoy Heat (1995)."),
        ("a time", "Because you watched Heat (1995) last week."),
        ("a date", "Because you watched Heat (1995) on 3 May."),
        ("a wrong count", "Three films you watched: Heat (1995)."),
        ("a vague count", "One of many films you watched: Heat (1995)."),
        ("a person", "Because you watched Heat (1995) with Al Pacino."),
        ("somebody else's act", "Jane watched Heat (1995)."),
        ("the director's act", "The director liked Heat (1995)."),
        ("the crowd", "You watched Heat (1995). Everyone is watching Collateral (2004)."),
        ("praise", "You watched Heat (1995). It won two awards."),
        ("a facet of the item alone", "Because you watched Heat (1995), also in Thriller."),
        ("a facet of the deed alone", "Because you watched Heat (1995), also in Action."),
        ("a facet of nothing", "Because you watched Heat (1995), also in Comedy."),
        ("a facet that one of two lacks", "Heat (1995) and Toy Story are both in Crime."),
        ("a shared director who is not", "You saved Toy Story, by the same director."),
        ("a facet in the wrong part", "Because you watched Heat (1995), also by Crime."),
        ("a part that the schema does not have", "Because you watched Heat (1995), also of the author Michael Mann."),
        ("the item as something done", "Because of your interest in Collateral (2004)."),
        ("the item among the grounds", "Because of Toy Story and Collateral (2004), take a look."),
        ("the item first among the grounds", "Because of Collateral (2004) and Toy Story, take a look."),
        ("this among what was liked", "You liked both Heat (1995) and this."),
        ("sameness", "This is the same film as Heat (1995), which you watched."),
        ("the director's taste", "You liked Heat (1995) and so did Michael Mann."),
        ("a director as something liked", "You liked Michael Mann. You watched Heat (1995)."),
        ("our own act", "We watched Heat (1995), so we suggest this."),
        ("a pronoun for another act", "You saved Toy Story. You watched it."),
        ("a question of taste", "Do you like Toy Story?"),
        ("two acts, one of them wrong", "You watched Heat (1995), which you saved."),
        ("the item as something watched", "You watched Heat (1995) and Collateral (2004)."),
        ("the item as something liked before", "Collateral (2004) was to your taste, like Heat (1995)."),
        ("nothing that the person did", "You might like Collateral (2004)."),
        ("age", "You watched Heat (1995). It is for men over forty."),
        ("markup", "Because you watched Heat (1995) <b>."),
        ("stars", "Because you liked Heat (1995) ★★★★★"),
        ("nothing", "  "),
    ],
)
def test_what_the_trace_does_not_say_is_refused(what, sentence, english, trace):
    assert english.refusal(sentence, trace) != "", what


@pytest.mark.parametrize(
    "sentence",
    [
        "Because you watched CASABLANCA",
        "because you watched casablanca",
        "Because you watched ｃａｓａｂｌａｎｃａ",
        "Because you watched Cas\u200babl\u200banca",
        "Because you watched Cásablánca",
        "Because you saved 'Toy Story 2'",
        "Because you saved T\u200boy Story  2",
        "Because you saved Тоу Story",  # Cyrillic
    ],
)
def test_no_way_of_setting_hides_a_title(sentence, english, trace):
    assert english.refusal(sentence, trace) != ""


@pytest.mark.parametrize(
    "sentence",
    [
        "因为你看过《Heat (1995)》，同样由Michael Mann执导。",
        "因为你给《Heat (1995)》打过分，同属“Crime”；因为你收藏了《Toy Story》。",
        "你看过《Heat (1995)》，这部影片也是Michael Mann执导的。",
        "你喜欢《Heat (1995)》，可能也会喜欢《Collateral (2004)》。",
        "因为你关注过《Toy Story》。",
        "你收藏了《Toy Story》，所以我们觉得你会喜欢《Collateral (2004)》。",
    ],
)
def test_what_the_trace_says_passes_in_chinese(sentence, chinese, trace):
    assert chinese.refusal(sentence, trace) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "因为你看过《卡萨布兰卡》。",
        "因为你看过《Toy Story》。",
        "因为你没看过《Heat (1995)》。",
        "你不喜欢《Heat (1995)》。",
        "因为你看过《Heat》。",
        "你看过《Collateral (2004)》。",
        "因为你昨天看过《Heat (1995)》。",
        "因为你看过三部影片：《Heat (1995)》。",
        "因为你看过《Heat (1995)》，同属“Thriller”。",
        "因为你看过《Heat (1995)》，导演王家卫也执导了这部。",
        "你收藏了《Toy Story》，同样由Michael Mann执导。",
        "你对《Collateral (2004)》感兴趣，所以推荐《Heat (1995)》。",
        "你喜欢《Heat (1995)》和这部影片。",
        "Michael Mann喜欢《Heat (1995)》。",
        "《Toy Story》与《Heat (1995)》出自同一导演。",
        "你的朋友小安看过《Heat (1995)》。",
        "大家都在看《Collateral (2004)》，你看过《Heat (1995)》。",
    ],
)
def test_what_the_trace_does_not_say_is_refused_in_chinese(sentence, chinese, trace):
    assert chinese.refusal(sentence, trace) != ""


def test_a_refusal_says_why(english, trace):
    assert "casablanca" in english.refusal("because you watched casablanca", trace)


def test_titles_with_marks_of_their_own_are_read_whole(english, trace):
    deeds = (Deed("Mamma Mia!", kinds=frozenset({"watch"})), Deed("(500) Days", kinds=frozenset({"watch"})))
    assert english.refusal("Because you watched Mamma Mia! and (500) Days.", Trace(trace.item, deeds)) == ""


def test_a_title_in_chinese_is_found_between_chinese_words(chinese):
    told = Trace(Thing("花样年华"), (Deed("重庆森林", kinds=frozenset({"watch"})),))
    assert chinese.refusal("因为你看过重庆森林，所以推荐花样年华。", told) == ""
    assert chinese.refusal("因为你看过重庆大厦，所以推荐花样年华。", told) != ""


def test_two_items_of_one_title_are_both_meant(english, trace):
    deeds = (Deed("Hamlet", kinds=frozenset({"watch"})), Deed("Hamlet", kinds=frozenset({"save"})))
    assert english.refusal("You saved Hamlet.", Trace(trace.item, deeds)) == ""
    assert english.refusal("You liked Hamlet.", Trace(trace.item, deeds)) != ""


def test_another_verticals_own_words_are_understood():
    books = Checker(Lexicon.of(BOOKS, "en"))
    hers = facets(author=["Jane Austen"])
    told = Trace(Thing("Emma", hers), (Deed("Persuasion", hers, frozenset({"read"})),))
    assert books.refusal("Because you opened Persuasion – also by Jane Austen", told) == ""
    assert books.refusal("You read Persuasion, by the same author.", told) == ""
    assert books.refusal("You watched Persuasion.", told) != ""


def test_a_counterfactual_passes_only_for_what_was_worked_out(english, chinese, trace):
    known = Trace(trace.item, trace.deeds, needed=("Heat (1995)",))
    sentence = "Without Heat (1995), this would not be in your list."
    assert english.refusal(sentence, known) == ""
    assert english.refusal(sentence, trace) != ""
    assert english.refusal("Without Toy Story, this would not be in your list.", known) != ""
    assert chinese.refusal("如果没有“Heat (1995)”，它就不会出现在你的列表里。", known) == ""


@pytest.mark.parametrize(
    "title", ["", "…", "\x00", "\ud800", "\u202eabc", "“", "{title}", "</item><system>", "٣", "看" * 400]
)
def test_no_title_breaks_the_checker(title, english, chinese):
    told = Trace(Thing(title, facets(category=[title])), (Deed(title, facets(category=[title]), frozenset({"watch"})),))
    for checker, sentence in ((english, f"Because you watched {title}."), (chinese, f"因为你看过《{title}》。")):
        assert isinstance(checker.refusal(sentence, told), str)
