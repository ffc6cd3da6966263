"""The documented shapes of bodies and answers."""

from rest_framework import serializers

from catalog.api.schemas import FaultOut, ItemOut
from catalog.expressions import LONGEST
from recommender.models import Recommendation, TrainingRun
from recommender.services.conditions import LEAST_FACTOR, MOST_BOOSTS, MOST_FACTOR


class ServedItemOut(ItemOut):
    position = serializers.IntegerField(help_text="From 0. Send it back in a behaviour's context, if you can.")
    score = serializers.FloatField(help_text="Compares within this list only.")
    source = serializers.CharField(help_text="model, fresh, popular, words, …")
    reason = serializers.CharField(help_text="A true sentence, or empty.")

    def get_fields(self):
        """Only `id` is always there: a request may name the fields that it wants."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "id"
        return fields


class NoticeOut(serializers.Serializer):
    title = serializers.CharField()
    text = serializers.CharField()
    points = serializers.ListField(child=serializers.CharField(), help_text="What to do, the most urgent first.")


class RecommendationOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="Name it in the behaviours that the list leads to.", allow_null=True)
    continues = serializers.UUIDField(help_text="On later pages, the id of the first one.", allow_null=True)
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
    next_cursor = serializers.CharField(
        allow_null=True, help_text="Asks for the next page; null where the list ends. Lasts 24 hours."
    )
    notice = NoticeOut(
        allow_null=True, help_text="What the vertical wants to be read above the list, such as whom to ask instead."
    )


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


class BoostIn(serializers.Serializer):
    # "if" is the better name, and no name that Python takes.
    locals()["if"] = serializers.CharField(max_length=LONGEST, help_text="A condition, as in `filter`.")
    by = serializers.FloatField(
        min_value=LEAST_FACTOR, max_value=MOST_FACTOR, help_text="Above 1 moves items up, below 1 down."
    )


class RecommendationIn(serializers.Serializer):
    text = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="What somebody would like, or how to change it."
    )
    refine = serializers.CharField(
        required=False, max_length=8000, help_text="The `id` or the `wish.token` of the answer that the text changes."
    )
    chips = ChipIn(many=True, required=False, help_text="What holds; parts left out are taken back. At most 20.")
    person = serializers.CharField(required=False, max_length=128, help_text="The person's id.")
    items = serializers.ListField(
        child=serializers.CharField(max_length=128),
        required=False,
        max_length=200,
        help_text="Items just looked at, oldest first: a session, a basket, or any list to go on from.",
    )
    exclude = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, max_length=200, help_text="Items not to show."
    )
    placement = serializers.CharField(required=False, max_length=64, help_text="Left out: home.")
    category = serializers.CharField(required=False, max_length=500, help_text="Only items that have this category.")
    count = serializers.IntegerField(required=False, min_value=1, max_value=100)
    explain = serializers.BooleanField(
        required=False, help_text="Say for each item which event it follows from, or what it fits of the words."
    )
    language = serializers.CharField(required=False, max_length=16, help_text="Of labels and reasons.")
    filter = serializers.CharField(
        required=False, max_length=LONGEST, help_text="Only items that fit this condition over the vertical's fields."
    )
    boost = BoostIn(many=True, required=False, max_length=MOST_BOOSTS, help_text="What to move up or down; at most 10.")
    diversity = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        help_text="How much variety: 0, the best whatever they share, to 1. Left out: the vertical's own.",
    )
    fields = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        max_length=50,
        help_text="Answer only these fields of each item; `id` is always there.",
    )
    cursor = serializers.CharField(
        required=False, max_length=1000, help_text="`next_cursor` of the page before, with the same body."
    )


class WishOut(serializers.Serializer):
    chips = ChipOut(many=True, help_text="What was understood and holds.")
    relaxed = ChipOut(many=True, help_text="What had to give way for the list to be full.")
    unmatched = serializers.ListField(
        child=serializers.CharField(), help_text="What was clear, but cannot be asked of this catalogue."
    )
    fitting = serializers.IntegerField(help_text="How many items of the list fit everything that was demanded.")
    token = serializers.CharField(help_text="Send it back as `refine`, with what to change.")


class AskedOut(RecommendationOut):
    wish = WishOut(
        allow_null=True, help_text="What was understood of the words; null without words, and on later pages."
    )


class BatchIn(serializers.Serializer):
    persons = serializers.ListField(
        child=serializers.CharField(max_length=128),
        required=False,
        min_length=1,
        max_length=100,
        help_text="Ids of persons who are asked for alike: the other fields are those of one request.",
    )
    requests = RecommendationIn(
        many=True, required=False, max_length=100, help_text="Or up to 100 requests, each on its own."
    )


class BatchEntryOut(serializers.Serializer):
    person = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(help_text="What the request alone would have been answered with: 200 or 400.")
    answer = AskedOut(allow_null=True)
    errors = FaultOut(many=True, help_text="Why there is no answer; pointers are within the one request.")


class BatchOut(serializers.Serializer):
    data = BatchEntryOut(many=True, help_text="One for each person or request, in their order.")


class NeighbourOut(serializers.Serializer):
    person = serializers.CharField()
    similarity = serializers.FloatField(help_text="0 to 1: the cosine of the two sets of items.")
    shared = serializers.IntegerField(help_text="How many items both liked.")


class NeighbourList(serializers.Serializer):
    data = NeighbourOut(many=True, help_text="The most similar first.")


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
