"""The documented shapes of what becomes of a list."""

from rest_framework import serializers


class ImpressionIn(serializers.Serializer):
    item = serializers.CharField(required=False, max_length=128, help_text="The item's id; or else its position.")
    position = serializers.IntegerField(
        required=False, min_value=0, help_text="As it was answered: from 0, and on later pages going on."
    )
    seen_at = serializers.DateTimeField(required=False, help_text="Left out: now. Not in the future.")


class ImpressionsIn(serializers.Serializer):
    impressions = ImpressionIn(many=True, min_length=1, max_length=200)


class ClickIn(serializers.Serializer):
    item = serializers.CharField(required=False, max_length=128, help_text="The item's id; or else its position.")
    position = serializers.IntegerField(
        required=False, min_value=0, help_text="As it was answered: from 0, and on later pages going on."
    )
    clicked_at = serializers.DateTimeField(required=False, help_text="Left out: now. Not in the future.")


class OutcomeOut(serializers.Serializer):
    recorded = serializers.IntegerField(help_text="New, and stored for good.")
    known = serializers.IntegerField(help_text="Told before.")
