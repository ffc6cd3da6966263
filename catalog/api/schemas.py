"""The documented shapes of bodies and answers. Records are validated by the services, which know the vertical."""

from rest_framework import serializers


class FaultOut(serializers.Serializer):
    pointer = serializers.CharField(help_text="JSON pointer into the body (/3/price), or ?name for a parameter.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer):
    type = serializers.CharField(help_text="Address of an explanation.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The address that was asked.")
    errors = FaultOut(many=True)
    request_id = serializers.CharField(help_text="Also in the X-Request-ID header; a plain one that you send is kept.")


class LineFaultOut(FaultOut):
    line = serializers.IntegerField(required=False, help_text="Counted from 1; `pointer` is then into this line.")


class ImportOut(serializers.Serializer):
    read = serializers.IntegerField(help_text="Lines that held something.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="There already, to the letter.")
    erased = serializers.IntegerField(help_text="Left out: they tell of somebody who was erased.")
    refused = serializers.IntegerField(help_text="Lines that were wrong.")
    held_back = serializers.IntegerField(help_text="Lines that were right, in a batch with one that was refused.")


class ImportProblemOut(ProblemOut):
    errors = LineFaultOut(many=True, help_text="At most 1,000 lines are named; `report.refused` counts all.")
    report = ImportOut()


class ItemIn(serializers.Serializer):
    id = serializers.CharField(max_length=128, help_text="What your own systems call this item.")
    title = serializers.CharField(max_length=500)
    text = serializers.CharField(required=False, allow_null=True)
    categories = serializers.ListField(
        child=serializers.CharField(), required=False, allow_null=True, help_text="Broad to narrow."
    )
    tags = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    attributes = serializers.DictField(
        required=False, allow_null=True, help_text="As the vertical of the storefront declares them."
    )
    metadata = serializers.DictField(
        required=False, allow_null=True, help_text="Your own notes: kept and given back, never read."
    )
    price = serializers.IntegerField(required=False, allow_null=True, min_value=0, help_text="Minor units: cents.")
    currency = serializers.CharField(required=False, allow_null=True, help_text="ISO 4217; a price needs one.")
    image = serializers.CharField(required=False, allow_null=True, max_length=1000, help_text="An http(s) address.")
    language = serializers.CharField(required=False, allow_null=True, max_length=16)
    published_at = serializers.DateTimeField(required=False, allow_null=True)
    available_from = serializers.DateTimeField(required=False, allow_null=True)
    available_until = serializers.DateTimeField(required=False, allow_null=True)
    withdrawn = serializers.BooleanField(
        required=False, allow_null=True, help_text="True: never shown, whatever else is set."
    )


class ItemChangeIn(ItemIn):
    id = serializers.CharField(required=False, max_length=128, help_text="That of the address, if it is sent at all.")


class ItemOut(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    categories = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    attributes = serializers.DictField()
    metadata = serializers.DictField(help_text="Your own notes: kept and given back, never read.")
    price = serializers.IntegerField(allow_null=True, help_text="Minor units: cents.")
    currency = serializers.CharField()
    image = serializers.CharField()
    language = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    available_from = serializers.DateTimeField(allow_null=True)
    available_until = serializers.DateTimeField(allow_null=True)
    withdrawn = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ItemPage(serializers.Serializer):
    data = ItemOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ItemBatchOut(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
