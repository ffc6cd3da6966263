from django.urls import path

from .browser_tokens import BrowserTokens
from .transfers import ItemExport, ItemImport
from .views import ItemBatch, ItemDetail, ItemList

urlpatterns = [
    path("items", ItemList.as_view(), name="api-items"),
    path("browser_tokens", BrowserTokens.as_view(), name="api-browser-tokens"),
    path("items/batch", ItemBatch.as_view(), name="api-items-batch"),
    path("items/import", ItemImport.as_view(), name="api-items-import"),
    path("items/export", ItemExport.as_view(), name="api-items-export"),
    # Ids may hold slashes. What hangs under an item (…/similar) is therefore matched before it: config.api_urls.
    path("items/<path:item>", ItemDetail.as_view(), name="api-item"),
]
