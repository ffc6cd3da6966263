"""What the preview shows is what the model reads, token by token."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.utils import timezone
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from behaviour.models import Behaviour, Person
from recommender import registry, selectors
from recommender.artifacts import publish
from recommender.jobs.quoting import quotes_refresh
from recommender.models import Artifact, LiveEncoder
from recommender.services import ServiceError
from recommender.services.previews import item_preview, person_preview, reader_for

VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", "drama", "comedy", ".", "a", "rated", "5"]


def write_tokenizer(folder) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(8)  # as an encoder's own is saved: the preview must see past it
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture
def live(world, settings, tmp_path) -> LiveEncoder:
    settings.VAR_DIR = tmp_path
    row = LiveEncoder.objects.create(storefront=world.storefront, fingerprint="f" * 16, model="tiny", dimensions=4)
    write_tokenizer(row.folder)
    (row.folder / "encoder.json").write_text(json.dumps({"max_length": 7}))
    return row


def artifact_of(storefront, product, config) -> Artifact:
    row = Artifact(storefront=storefront, product=product, algorithm=product, folder=f"{storefront.slug}/{product}")
    row.manifest = publish(row.path, write_tokenizer, {"config": config})
    row.save()
    return row


def shown(preview, kind: str) -> list[str]:
    return [piece.text for piece in preview.pieces if piece.kind == kind]


def test_an_item_is_cut_where_the_model_stops_reading(world, live):
    item = world.dramas[0]
    preview = item_preview(item=item, reader=reader_for(world.storefront))
    [whole] = selectors.item_texts(registry.vertical("video"), [item])
    assert (preview.tokens, preview.most) == (7, 7)
    assert len(shown(preview, "token")) == 5  # and two of the model's own
    assert shown(preview, "special") == ["[CLS]", "[SEP]"]
    assert preview.unread_tokens == len(shown(preview, "unread")) == 3
    assert "".join(piece.text for piece in preview.pieces if piece.kind != "special") == whole
    assert whole.startswith(preview.text)
    assert preview.text.endswith(shown(preview, "token")[-1])


def test_what_people_wrote_about_an_item_is_shown_as_the_model_reads_it(world, live):
    item = world.dramas[0]
    Behaviour.objects.create(
        storefront=world.storefront,
        person=world.persons[0],
        item=item,
        kind="review",
        text="<i>A slow</i> start, write to me@example.org",
        occurred_at=timezone.now(),
        event_id="review",
    )
    quotes_refresh(world.storefront.pk)
    preview = item_preview(item=item, reader=reader_for(world.storefront), most=500)
    assert "“A slow start, write to”" in preview.text
    [read] = selectors.item_texts(registry.vertical("video"), [item])
    assert preview.text == read


def test_with_room_for_all_nothing_is_cut(world, live):
    preview = item_preview(item=world.dramas[0], reader=reader_for(world.storefront), most=500)
    assert (preview.unread_tokens, shown(preview, "unread")) == (0, [])


def test_of_a_person_the_newest_events_are_kept_whole(world, live):
    reader = reader_for(world.storefront)
    whole = person_preview(person=world.persons[0], reader=reader, most=500)
    assert (whole.events, whole.dropped_events, whole.language) == (6, 0, "en")
    less = person_preview(person=world.persons[0], reader=reader, most=whole.tokens - 1)
    assert less.dropped_events == 1
    assert less.tokens < whole.tokens
    newest = Behaviour.objects.filter(person=world.persons[0]).latest("occurred_at").item.title
    oldest = Behaviour.objects.filter(person=world.persons[0]).earliest("occurred_at").item.title
    assert newest in less.text and oldest not in less.text


def test_an_interest_model_reads_by_its_own_limits_and_counts_no_tokens_of_its_own(world, live):
    artifact = artifact_of(world.storefront, "interest", {"history_tokens": 30, "item_tokens": 4})
    reader = reader_for(world.storefront, artifact)
    item = item_preview(item=world.dramas[0], reader=reader)
    assert (item.tokens, item.most, shown(item, "special")) == (4, 4, [])
    assert person_preview(person=world.persons[0], reader=reader).most == 30


def test_a_keyword_writer_reads_its_number_of_events(world, live):
    artifact = artifact_of(world.storefront, "keywords", {"events": 2, "max_tokens": 200})
    preview = person_preview(person=world.persons[0], reader=reader_for(world.storefront, artifact))
    assert (preview.events, preview.dropped_events) == (2, 0)


def test_the_text_can_be_had_in_chinese(world, live):
    preview = person_preview(person=world.persons[0], reader=reader_for(world.storefront), language="zh-hans", most=500)
    assert preview.text.startswith("此人")


def test_nobody_reads_of_somebody_who_does_not_want_it(world, live):
    Person.objects.filter(pk=world.persons[0].pk).update(consents={"personalisation": False})
    person = Person.objects.get(pk=world.persons[0].pk)
    with pytest.raises(ServiceError, match="does not allow personalisation"):
        person_preview(person=person, reader=reader_for(world.storefront))


def test_what_is_sensitive_is_not_shown(world, live, monkeypatch):
    sensitive = replace(registry.vertical("video"), sensitive_categories=frozenset({"Drama"}))
    monkeypatch.setattr(registry, "vertical", lambda slug: sensitive)
    preview = person_preview(person=world.persons[0], reader=reader_for(world.storefront))
    assert (preview.text, preview.tokens, preview.pieces) == ("", 0, ())


def test_a_model_of_another_storefront_is_refused(world, live, shop):
    artifact = artifact_of(shop, "interest", {})
    with pytest.raises(ServiceError, match="same storefront"):
        reader_for(world.storefront, artifact)


def test_without_an_encoder_or_a_tokenizer_it_says_so(world, shop, live):
    with pytest.raises(ServiceError, match="no live encoder"):
        reader_for(shop)
    (live.folder / "tokenizer.json").unlink()
    with pytest.raises(ServiceError, match="no tokenizer"):
        reader_for(world.storefront)
