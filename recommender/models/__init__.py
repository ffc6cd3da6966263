"""How behaviour leads to items: runs, artifacts, deployments, vectors, texts and the lists that were served."""

from .deployments import Deployment, LanguageDeployment
from .impressions import Click, Impression
from .language import GeneratedText, PersonKeywords
from .measures import EventHour, ItemsShown, LatencyHour, LintFinding, ListHour, Measured, PlaceHour, RevenueHour
from .recommendations import Recommendation
from .runs import Artifact, TrainingRun
from .segments import Segment
from .vectors import EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, LiveMediaEncoder

__all__ = [
    "Artifact",
    "Click",
    "Deployment",
    "EmbeddingFailure",
    "EmbeddingShard",
    "EventHour",
    "GeneratedText",
    "Impression",
    "ItemVector",
    "ItemsShown",
    "LanguageDeployment",
    "LatencyHour",
    "LintFinding",
    "ListHour",
    "LiveEncoder",
    "LiveMediaEncoder",
    "Measured",
    "PersonKeywords",
    "PlaceHour",
    "Recommendation",
    "RevenueHour",
    "Segment",
    "TrainingRun",
]
