"""The documented shapes of bodies and answers."""

from rest_framework import serializers

from catalog.api.schemas import ItemOut
from recommender.models import Recommendation, TrainingRun


class ServedItemOut(ItemOut):
    position = serializers.IntegerField(help_text="From 0. Send it back in a behaviour's context, if you can.")
    score = serializers.FloatField(help_text="Compares within this list only.")
    source = serializers.CharField(help_text="model, fresh, popular, words, …")
    reason = serializers.CharField(help_text="A true sentence, or empty.")


class RecommendationOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="Name it in the behaviours that the list leads to.", allow_null=True)
    placement = serializers.CharField()
    algorithm = serializers.CharField(help_text="Empty: no model had a part in it.")
    fallback = serializers.ChoiceField(
        choices=Recommendation.Fallback.choices, allow_blank=True, help_text="Why no model answered; empty: one did."
    )
    created_at = serializers.DateTimeField()
    unknown_items = serializers.ListField(
        child=serializers.CharField(), help_text="Ids in `items` and `exclude` that this storefront does not have."
    )
    data = ServedItemOut(many=True)


class EvidenceOut(serializers.Serializer):
    item = serializers.CharField(allow_null=True, help_text="The item of the event.")
    title = serializers.CharField()
    kind = serializers.CharField(help_text="What the person did.")
    label = serializers.CharField(help_text="The same in words.")
    occurred_at = serializers.DateTimeField(allow_null=True)
    contribution = serializers.FloatField(help_text="In units of the score.")
    share = serializers.FloatField(help_text="Of the sum of absolute contributions.")


class ExplanationOut(serializers.Serializer):
    person = serializers.CharField()
    item = serializers.CharField()
    sentence = serializers.CharField()
    algorithm = serializers.CharField()
    exact = serializers.BooleanField(help_text="True: base and contributions sum to the score.")
    score = serializers.FloatField()
    base = serializers.FloatField()
    components = serializers.DictField(child=serializers.FloatField(), help_text="By member, for blends.")
    data = EvidenceOut(many=True)


class TrainingRunIn(serializers.Serializer):
    algorithm = serializers.CharField()
    config = serializers.DictField(required=False, help_text="Left out: found on validation.")
    protocol = serializers.CharField(required=False, help_text="Left out: leave-one-out.")
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    activate = serializers.BooleanField(required=False, help_text="Put it live when it is done.")


class TrainingRunOut(serializers.Serializer):
    id = serializers.CharField()
    algorithm = serializers.CharField()
    config = serializers.DictField()
    protocol = serializers.CharField()
    seed = serializers.IntegerField()
    activate = serializers.BooleanField()
    status = serializers.ChoiceField(choices=TrainingRun.Status.choices)
    stage = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    error = serializers.CharField(help_text="Why it failed, or empty.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class TrainingRunPage(serializers.Serializer):
    data = TrainingRunOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
