"""Text encoders in the admin: how one is exchanged, and the items that one could not read."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from catalog.models import Item
from recommender.models import Artifact, EmbeddingFailure, ItemVector, TrainingRun

from .test_language import address, html


def test_an_encoder_is_exchanged_in_parts_with_a_reason(admin_client, model_of, encoder):
    artifact = model_of("encoder", "contrastive")
    wish = {"artifact": artifact.pk, "shards": "2", "reason": "Better"}
    admin_client.post(address(encoder, "exchange"), wish)
    run = TrainingRun.objects.get(task="embed")
    assert run.config == {"artifact": artifact.pk, "shards": 2, "reason": "Better"}


def test_encoders_whose_vectors_are_kept_are_marked(admin_client, cinema, model_of, encoder):
    old, other = model_of("encoder", "contrastive"), model_of("encoder", "distil")
    report = model_of("report", "embed")
    report.manifest |= {"encoder": "old", "config": {"artifact": old.pk}}
    report.save()
    item = Item.objects.create(storefront=cinema, external_id="a", title="a")
    ItemVector.objects.create(storefront=cinema, item=item, encoder="old", text_hash="", vector=b"1234")
    choices = dict(admin_client.get(address(encoder, "exchange")).context["form"].fields["artifact"].choices)
    labels = {getattr(key, "value", key): label for key, label in choices.items()}
    assert "its vectors are kept" in labels[old.pk]
    assert "its vectors are kept" not in labels[other.pk]


def test_another_storefronts_encoder_is_no_choice(admin_client, shop, model_of, encoder):
    foreign = model_of("encoder", "contrastive")
    Artifact.objects.filter(pk=foreign.pk).update(storefront=shop)
    response = admin_client.post(address(encoder, "exchange"), {"artifact": foreign.pk, "shards": 1, "reason": "x"})
    assert "artifact" in response.context["form"].errors
    assert not TrainingRun.objects.filter(task="embed").exists()


def test_a_viewer_cannot_exchange(viewer, encoder):
    assert viewer.post(address(encoder, "exchange"), {"shards": 1, "reason": "x"}).status_code == 403


def test_failures_are_tried_again(admin_client, cinema, encoder, django_capture_on_commit_callbacks):
    item = Item.objects.create(storefront=cinema, external_id="a", title="Unreadable")
    later = timezone.now() + timedelta(days=1)
    failure = EmbeddingFailure.objects.create(
        storefront=cinema, item=item, encoder="f", error="no", attempts=5, next_try_at=later
    )
    url = reverse("admin:recommender_embeddingfailure_changelist")
    assert "Unreadable" in html(admin_client, url)
    with django_capture_on_commit_callbacks() as callbacks:
        admin_client.post(url, {"action": "retry", "_selected_action": [failure.pk]})
    failure.refresh_from_db()
    assert (failure.attempts, failure.next_try_at <= timezone.now(), len(callbacks)) == (0, True, 1)


def test_what_no_encoder_can_read_needs_attention(admin_client, cinema):
    item = Item.objects.create(storefront=cinema, external_id="a", title="Unreadable")
    EmbeddingFailure.objects.create(storefront=cinema, item=item, encoder="f", error="no", attempts=5)
    notes = [note["text"] for note in admin_client.get("/admin/").context["attention"]]
    assert "1 item could not be read by its text encoder." in notes


def test_a_viewer_is_offered_no_retry(viewer, cinema):
    response = viewer.get(reverse("admin:recommender_embeddingfailure_changelist"))
    assert "retry" not in str(response.context["action_form"])
