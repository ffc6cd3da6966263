from django.urls import path

from .relationships import Relationships
from .views import BehaviourBatch, BehaviourList, PersonDetail, PersonExport, PersonList

urlpatterns = [
    path("persons", PersonList.as_view(), name="api-persons"),
    path("persons/<path:person>/export", PersonExport.as_view(), name="api-person-export"),
    path("persons/<path:person>", PersonDetail.as_view(), name="api-person"),
    path("behaviours", BehaviourList.as_view(), name="api-behaviours"),
    path("behaviours/batch", BehaviourBatch.as_view(), name="api-behaviours-batch"),
    path("relationships", Relationships.as_view(), name="api-relationships"),
]
