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
    artifact = serializers.CharField(
        help_text="The trained model that made it; null: none had a part.", allow_null=True
    )
    fallback = serializers.ChoiceField(
        choices=Recommendation.Fallback.choices, allow_blank=True, help_text="Why no model answered; empty: one did."
    )
    degraded = serializers.ListField(
        child=serializers.CharField(),
        help_text="What should have had a part in it and could not: `encoder`, `interest`, or the slug of a source.",
    )
    created_at = serializers.DateTimeField()
    unknown_items = serializers.ListField(
        child=serializers.CharField(), help_text="Ids in `items` and `exclude` that this storefront does not have."
    )
    data = ServedItemOut(many=True)


class ChipIn(serializers.Serializer):
    field = serializers.CharField(max_length=64, help_text="Of the item; `meaning` for what no field holds.")
    op = serializers.ChoiceField(choices=["lte", "gte", "between", "eq", "in", "about"])
    value = serializers.JSONField(
        help_text="A number or a text; a pair for `between`, a list for `in`. Money in minor units, dates as ISO text."
    )
    negated = serializers.BooleanField(required=False, help_text="True: what fits is kept out.")
    strict = serializers.BooleanField(required=False, help_text="True: demanded; false: preferred.")
    text = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="The span it came from.")
    label = serializers.CharField(required=False, allow_blank=True, help_text="In words; ignored when sent back.")


class ChipOut(ChipIn):
    negated = serializers.BooleanField(help_text="True: what fits is kept out.")
    strict = serializers.BooleanField(help_text="True: demanded; false: preferred.")
    text = serializers.CharField(help_text="The span it came from.")
    label = serializers.CharField(help_text="In words, in the language asked for.")


class WishIn(serializers.Serializer):
    text = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="What somebody would like, or how to change it."
    )
    refine = serializers.CharField(
        required=False, max_length=8000, help_text="The `id` or the `wish.token` of the answer that the text changes."
    )
    chips = ChipIn(many=True, required=False, help_text="What holds; parts left out are taken back. At most 20.")
    person = serializers.CharField(required=False, max_length=128, help_text="The person's id.")
    session = serializers.ListField(
        child=serializers.CharField(max_length=128),
        required=False,
        max_length=200,
        help_text="Items just looked at, oldest first.",
    )
    exclude = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, max_length=200, help_text="Items not to show."
    )
    placement = serializers.CharField(required=False, max_length=64, help_text="Left out: home.")
    category = serializers.CharField(required=False, max_length=500, help_text="Only items that have this category.")
    count = serializers.IntegerField(required=False, min_value=1, max_value=100)
    explain = serializers.BooleanField(required=False, help_text="Say for each item what it fits.")
    language = serializers.CharField(required=False, max_length=16, help_text="Of labels and reasons.")


class WishOut(serializers.Serializer):
    chips = ChipOut(many=True, help_text="What was understood and holds.")
    relaxed = ChipOut(many=True, help_text="What had to give way for the list to be full.")
    unmatched = serializers.ListField(
        child=serializers.CharField(), help_text="What was clear, but cannot be asked of this catalogue."
    )
    fitting = serializers.IntegerField(help_text="How many items of the list fit everything that was demanded.")
    token = serializers.CharField(help_text="Send it back as `refine`, with what to change.")


class WishedOut(RecommendationOut):
    wish = WishOut()


class InterestIn(serializers.Serializer):
    items = serializers.ListField(child=serializers.CharField(max_length=128), min_length=1, max_length=100)
    person = serializers.CharField(required=False, max_length=128, help_text="The person's id.")
    text = serializers.CharField(required=False, max_length=10_000, help_text="What they did or want, in words.")
    language = serializers.CharField(required=False, max_length=16)


class ItemInterestOut(serializers.Serializer):
    item = serializers.CharField()
    interest = serializers.FloatField(help_text="0 to 1: how likely it interests them.")


class InterestOut(serializers.Serializer):
    data = ItemInterestOut(many=True, help_text="In the order in which they were named.")
    unknown_items = serializers.ListField(child=serializers.CharField())


class ProfileOut(serializers.Serializer):
    person = serializers.CharField()
    keywords = serializers.ListField(child=serializers.CharField(), help_text="The most telling first.")
    sentence = serializers.CharField(help_text="The same in words, or empty.")


class EvidenceOut(serializers.Serializer):
    item = serializers.CharField(allow_null=True, help_text="The item of the event.")
    title = serializers.CharField()
    kind = serializers.CharField(help_text="What the person did.")
    label = serializers.CharField(help_text="The same in words.")
    also = serializers.CharField(help_text="What the item shares with it, in words; empty where it shares nothing.")
    occurred_at = serializers.DateTimeField(allow_null=True)
    contribution = serializers.FloatField(help_text="In units of the score.")
    share = serializers.FloatField(help_text="Of the sum of absolute contributions.")


class ExplanationOut(serializers.Serializer):
    person = serializers.CharField()
    item = serializers.CharField()
    sentence = serializers.CharField()
    algorithm = serializers.CharField()
    exact = serializers.BooleanField(help_text="True: base, withheld and contributions sum to the score.")
    score = serializers.FloatField()
    base = serializers.FloatField()
    withheld = serializers.FloatField(help_text="Sum of what is too sensitive to be named.")
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
    task = serializers.CharField(help_text="train, or what a language model was taught.")
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
