"""The product's addresses, and what anybody would write first: twenty rows of the items' table."""

from django.urls import include, path
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from catalog.models import Item


class BareItem(ModelSerializer):
    class Meta:
        model = Item
        # What an item of a recommendation shows, from the same columns.
        fields = [
            "external_id",
            "title",
            "text",
            "categories",
            "tags",
            "attributes",
            "price",
            "currency",
            "image",
            "language",
            "published_at",
            "available_from",
            "available_until",
            "withdrawn",
            "created_at",
            "updated_at",
        ]


class BareItems(ListAPIView):
    serializer_class = BareItem
    authentication_classes = []
    permission_classes = []
    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]

    def get_queryset(self):
        return Item.objects.all()[:20]


urlpatterns = [path("bare/items", BareItems.as_view()), path("", include("config.urls"))]
