"""The documented shapes of bodies and answers. Records are validated by the services, which know the vertical."""

from rest_framework import serializers


class PersonIn(serializers.Serializer):
    id = serializers.CharField(max_length=128, help_text="What your own systems call this person. No e-mail address.")
    attributes = serializers.DictField(
        required=False, allow_null=True, help_text="As the vertical of the storefront declares them."
    )
    consents = serializers.DictField(
        child=serializers.BooleanField(), required=False, allow_null=True, help_text="Purpose → yes or no."
    )
    metadata = serializers.DictField(
        required=False, allow_null=True, help_text="Your own notes: kept and given back, never read."
    )
    anonymous = serializers.BooleanField(required=False, allow_null=True, help_text="True: known by a cookie only.")


class PersonChangeIn(PersonIn):
    id = serializers.CharField(required=False, max_length=128, help_text="That of the address, if it is sent at all.")


class PersonPatchIn(PersonChangeIn):
    consents = serializers.DictField(
        child=serializers.BooleanField(allow_null=True),
        required=False,
        allow_null=True,
        help_text="Purpose → yes or no; null takes the answer back.",
    )


class PersonOut(serializers.Serializer):
    id = serializers.CharField()
    attributes = serializers.DictField()
    consents = serializers.DictField(child=serializers.BooleanField())
    metadata = serializers.DictField(help_text="Your own notes: kept and given back, never read.")
    anonymous = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class PersonPage(serializers.Serializer):
    data = PersonOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PersonExportOut(serializers.Serializer):
    person = serializers.DictField()
    behaviours = serializers.ListField(child=serializers.DictField())
    relationships = serializers.ListField(child=serializers.DictField())
    other = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))


class BehaviourIn(serializers.Serializer):
    event_id = serializers.CharField(max_length=128, help_text="Yours; sending it twice records it once.")
    person = serializers.CharField(max_length=128, help_text="The person's id; a new one creates the person.")
    kind = serializers.CharField(max_length=32, help_text="One of the kinds that the vertical knows.")
    item = serializers.CharField(required=False, allow_null=True, help_text="The item's id. Searches have none.")
    value = serializers.FloatField(required=False, allow_null=True, help_text="Stars, share watched, quantity.")
    text = serializers.CharField(required=False, allow_null=True, help_text="Search words, a review, a question.")
    context = serializers.DictField(
        required=False, allow_null=True, help_text="Device, place, locale, session: short texts."
    )
    occurred_at = serializers.DateTimeField(help_text="With its offset from UTC; not in the future.")
    recommendation_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The id of the recommendation that led here."
    )


class BehaviourOut(serializers.Serializer):
    event_id = serializers.CharField()
    person = serializers.CharField()
    kind = serializers.CharField()
    item = serializers.CharField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    text = serializers.CharField()
    context = serializers.DictField()
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    recommendation_id = serializers.UUIDField(allow_null=True)


class BehaviourPage(serializers.Serializer):
    data = BehaviourOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class Recorded(serializers.Serializer):
    accepted = serializers.IntegerField(help_text="Events that are stored for good.")
    duplicates = serializers.IntegerField(help_text="Events that were stored before, with the same body.")


class RelationshipIn(serializers.Serializer):
    source = serializers.CharField(max_length=128, help_text="The id of the person whose tie it is.")
    target = serializers.CharField(max_length=128, help_text="The id of the person whom it is about.")
    kind = serializers.CharField(max_length=32, help_text="follows, trusts, friend, mutes or blocks.")
    weight = serializers.FloatField(required=False, allow_null=True, help_text="Above 0; left out, 1.")


class RelationshipOut(serializers.Serializer):
    source = serializers.CharField()
    target = serializers.CharField()
    kind = serializers.CharField()
    weight = serializers.FloatField()
    created_at = serializers.DateTimeField()


class RelationshipPage(serializers.Serializer):
    data = RelationshipOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
