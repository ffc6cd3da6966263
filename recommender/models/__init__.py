"""How behaviour leads to items: runs, artifacts, deployments, vectors, texts and the lists that were served."""

from .deployments import Deployment, LanguageDeployment
from .impressions import Click, Impression
from .language import GeneratedText, PersonKeywords
from .recommendations import Recommendation
from .runs import Artifact, TrainingRun
from .vectors import EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, LiveMediaEncoder

__all__ = [
    "Artifact",
    "Click",
    "Deployment",
    "EmbeddingFailure",
    "EmbeddingShard",
    "GeneratedText",
    "Impression",
    "ItemVector",
    "LanguageDeployment",
    "LiveEncoder",
    "LiveMediaEncoder",
    "PersonKeywords",
    "Recommendation",
    "TrainingRun",
]
