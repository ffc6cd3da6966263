from django.urls import path

from .relationships import Relationships
from .transfers import (
    BehaviourExport,
    BehaviourImport,
    PersonImport,
    PersonsExport,
    RelationshipExport,
    RelationshipImport,
)
from .views import BehaviourBatch, BehaviourList, PersonDetail, PersonExport, PersonList

urlpatterns = [
    path("persons", PersonList.as_view(), name="api-persons"),
    path("persons/import", PersonImport.as_view(), name="api-persons-import"),
    path("persons/export", PersonsExport.as_view(), name="api-persons-export"),
    path("persons/<path:person>/export", PersonExport.as_view(), name="api-person-export"),
    path("persons/<path:person>", PersonDetail.as_view(), name="api-person"),
    path("behaviours", BehaviourList.as_view(), name="api-behaviours"),
    path("behaviours/batch", BehaviourBatch.as_view(), name="api-behaviours-batch"),
    path("behaviours/import", BehaviourImport.as_view(), name="api-behaviours-import"),
    path("behaviours/export", BehaviourExport.as_view(), name="api-behaviours-export"),
    path("relationships", Relationships.as_view(), name="api-relationships"),
    path("relationships/import", RelationshipImport.as_view(), name="api-relationships-import"),
    path("relationships/export", RelationshipExport.as_view(), name="api-relationships-export"),
]
