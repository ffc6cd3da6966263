from django.urls import path

from .asking import RecommendationBatch, Recommendations
from .outcomes import Clicks, Impressions
from .training_runs import TrainingRunCancel, TrainingRunDetail, TrainingRunList
from .views import Explanations, RecommendationDetail, Search, Similar, SimilarPersons
from .words import Interest, Profile

urlpatterns = [
    path("recommendations", Recommendations.as_view(), name="api-recommendations"),
    path("recommendations/batch", RecommendationBatch.as_view(), name="api-recommendation-batch"),
    path("recommendations/<uuid:recommendation>", RecommendationDetail.as_view(), name="api-recommendation"),
    path("recommendations/<uuid:recommendation>/impressions", Impressions.as_view(), name="api-impressions"),
    path("recommendations/<uuid:recommendation>/clicks", Clicks.as_view(), name="api-clicks"),
    path("items/<path:item>/similar", Similar.as_view(), name="api-similar"),
    path("persons/<path:person>/similar", SimilarPersons.as_view(), name="api-similar-persons"),
    path("persons/<path:person>/profile", Profile.as_view(), name="api-profile"),
    path("interest", Interest.as_view(), name="api-interest"),
    path("search", Search.as_view(), name="api-search"),
    path("explanations", Explanations.as_view(), name="api-explanations"),
    path("training_runs", TrainingRunList.as_view(), name="api-training-runs"),
    path("training_runs/<int:run>", TrainingRunDetail.as_view(), name="api-training-run"),
    path("training_runs/<int:run>/cancel", TrainingRunCancel.as_view(), name="api-training-run-cancel"),
]
