"""A health portal asks before it keeps anything, and forgets as fast as it was asked to."""

from hashlib import blake2b

import pytest
from django.utils import translation

from behaviour.models import Behaviour, Consent, Person
from catalog.models import Item, Storefront
from recommender.models import Recommendation
from recommender.storefront.consent import QUESTIONS, VERSION

EXPLICIT = {"consent": "1", "sensitive": "on", "personalisation": "on"}


@pytest.fixture
def portal(db) -> Storefront:
    storefront = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    for name, categories, attributes in (
        ("soup", ["Food & cooking"], {"form": "recipe", "fsa_score": 5.0, "who_score": 6.0, "allergens": ["milk"]}),
        ("walk", ["Movement"], {"reviewed": "2026-05-01", "reviewer": "Dr Ek", "reading_level": "easy"}),
        ("run", ["Movement"], {"contraindications": ["asthma"]}),
        ("port", ["Food & cooking"], {"minimum_age": 18}),
        ("panic", ["Mind & mood"], {}),
    ):
        Item.objects.create(
            storefront=storefront,
            external_id=name,
            title=f"On {name}",
            text=name,
            categories=categories,
            attributes=attributes,
        )
    return storefront


def page(visitor, path: str = "") -> str:
    return visitor.get(f"/s/portal/{path}").content.decode()


def post(visitor, data: dict):
    return visitor.post("/s/portal/profile/", data)


def test_the_words_that_were_agreed_to_are_those_of_the_version():
    with translation.override("en"):
        words = "\n".join(f"{one.purpose}\n{one.title}\n{one.text}" for one in QUESTIONS)
    # Whoever changes a word gives VERSION a new value, and this digest with it.
    assert (VERSION, blake2b(words.encode(), digest_size=4).hexdigest()) == ("2026-11-24", "d7c09206")


def test_nothing_is_ticked_beforehand_and_no_profile_is_asked(portal, visitor):
    html = page(visitor, "profile/")
    assert "checked" not in html and 'name="conditions"' not in html and html.count('type="checkbox"') == 3


def test_looking_around_leaves_nothing(portal, visitor):
    for path in ("", "item/panic/", "search/?q=panic", "profile/", ""):
        visitor.get(f"/s/portal/{path}")
    assert not Person.objects.exists() and not Behaviour.objects.exists()
    assert "kindred_views" not in visitor.cookies
    assert not [
        row for row in Recommendation.objects.values_list("context", flat=True) if "panic" in str(row.get("words"))
    ]


def test_before_consent_the_page_says_that_it_follows_nobody(portal, visitor):
    assert "The same for everybody" in page(visitor) and "adapts to you" not in page(visitor)


def test_no_to_everything_makes_nobody_a_person(portal, visitor):
    post(visitor, {"consent": "1"})
    assert not Person.objects.exists()


def test_consent_is_kept_with_its_version_and_opens_the_profile(portal, visitor):
    post(visitor, EXPLICIT)
    answers = set(Consent.objects.values_list("purpose", "granted", "version"))
    assert answers == {("personalisation", True, VERSION), ("sensitive", True, VERSION), ("training", False, VERSION)}
    assert 'name="conditions"' in page(visitor, "profile/")


def test_a_profile_without_the_consent_to_it_is_not_kept(portal, visitor):
    post(visitor, {"consent": "1", "personalisation": "on"})
    post(visitor, {"told": "1", "conditions": "asthma", "age_group": "18_to_39"})
    assert Person.objects.get().attributes == {}


def test_rules_follow_the_profile_at_once_and_unknown_answers_keep_things_out(portal, visitor, items_in):
    shown = lambda: set(items_in(visitor.get("/s/portal/")))  # noqa: E731
    assert shown() == {"soup", "walk", "panic"}
    post(visitor, EXPLICIT)
    post(visitor, {"told": "1", "age_group": "18_to_39", "conditions-none": "on"})
    assert shown() == {"soup", "walk", "panic", "run", "port"}
    post(visitor, {"told": "1", "age_group": "18_to_39", "conditions": ["asthma"], "allergies": ["milk"]})
    assert shown() == {"walk", "panic", "port"}
    post(visitor, {"withdraw": "1"})
    assert shown() == {"soup", "walk", "panic"}


def test_an_answer_that_is_not_offered_is_no_answer(portal, visitor):
    post(visitor, EXPLICIT)
    post(visitor, {"told": "1", "conditions": ["<script>"], "age_group": "ancient"})
    assert Person.objects.get().attributes == {}


def test_taking_it_back_deletes_the_profile_and_is_written_down(portal, visitor):
    post(visitor, EXPLICIT)
    post(visitor, {"told": "1", "age_group": "18_to_39", "conditions": ["asthma"], "reading_level": "easy"})
    post(visitor, {"withdraw": "1"})
    person = Person.objects.get()
    assert person.attributes == {"reading_level": "easy"} and not any(person.consents.values())
    assert Consent.objects.filter(purpose="sensitive").order_by("-id").first().granted is False
    assert 'name="conditions"' not in page(visitor, "profile/")


def test_a_question_is_answered_and_forgotten_without_consent(portal, visitor):
    html = visitor.post("/s/portal/ask/", {"text": "how to walk"}).content.decode()
    assert "On walk" in html and "answered and forgotten" in html
    assert not Behaviour.objects.exists() and not Person.objects.exists()
    assert "how to walk" not in str(list(Recommendation.objects.values_list("context", flat=True)))


def test_a_question_is_kept_with_consent(portal, visitor):
    post(visitor, EXPLICIT)
    visitor.post("/s/portal/ask/", {"text": "how to walk"})
    assert Behaviour.objects.get(kind="question").text == "how to walk"


def test_a_question_is_not_kept_of_somebody_whom_others_browse_as_too(portal, visitor):
    Person.objects.create(storefront=portal, external_id="p", consents={"personalisation": True, "sensitive": True})
    portal.settings = {"browse_as": [{"external_id": "p", "label": "The walker"}]}
    portal.save()
    visitor.post("/s/portal/browse-as/choose/", {"person": "p"})
    html = visitor.post("/s/portal/ask/", {"text": "how to walk"}).content.decode()
    assert "You are browsing as The walker" in html and "On walk" in html
    assert not Behaviour.objects.filter(kind="question").exists()


def test_an_empty_or_endless_question_is_refused_in_words(portal, visitor):
    for text in ("", "x" * 501):
        assert "at most 500 characters" in visitor.post("/s/portal/ask/", {"text": text}).content.decode()


def test_a_card_tells_when_it_was_reviewed_how_hard_it_reads_and_how_healthy_it_is(portal, visitor):
    html = page(visitor)
    assert "Reviewed May 1, 2026" in html and "Easy to read" in html and "FSA 5 of 12, lower is healthier" in html
    assert "WHO goals met: 6 of 7" in page(visitor, "item/soup/")


def test_what_the_page_says_in_words_is_not_said_again_in_its_details(portal, visitor):
    html = page(visitor, "item/walk/")
    assert html.count("Dr Ek") == 1 and "<dt>Reading level</dt>" not in html


def test_what_is_not_for_everybody_says_so_in_words_on_its_page(portal, visitor):
    assert "Not suitable with:</strong> Asthma" in page(visitor, "item/run/")


def test_nothing_counts_or_hurries(portal, visitor):
    Person.objects.create(storefront=portal, external_id="p")
    for path in ("", "item/soup/", "c/Movement/", "search/?q=walk", "profile/", "ask/"):
        html = page(visitor, path).lower()
        for word in ("popular", "trending", "people liked", "streak", "comments", "reviews</h2>"):
            assert word not in html, (path, word)


def test_the_care_card_stands_above_what_is_recommended(portal, visitor):
    assert 'class="care"' in page(visitor, "item/soup/")
    answered = visitor.post("/s/portal/ask/", {"text": "how to walk"}).content.decode()
    for html in (*(page(visitor, path) for path in ("", "search/?q=walk", "c/Movement/")), answered):
        assert html.index('class="care"') < html.index('<li class="card')


def test_a_sensitive_past_is_in_no_heading(portal, visitor):
    post(visitor, EXPLICIT)
    person = Person.objects.get()
    visitor.post("/s/portal/act/panic/", {"kind": "like", "token": "t"})
    assert Behaviour.objects.filter(person=person, kind="like").exists()
    page(visitor)  # the notice of what was just done
    html = page(visitor)
    assert "“On panic”" not in html and "Mind &amp; mood for you" not in html


def test_elsewhere_there_is_no_such_page(cinema, visitor):
    for path in ("profile/", "ask/", "cart/", "following/", "groups/", "people/somebody/"):
        assert visitor.get(f"/s/cinema/{path}").status_code == 404
