"""How behaviour leads to items: runs, artifacts, deployments, vectors, texts and the lists that were served."""

from .deployments import Deployment, LanguageDeployment
from .experiments import Allocation, Arm, Experiment, Exploration
from .impressions import Click, Impression
from .language import GeneratedText, PersonKeywords
from .recommendations import Recommendation
from .runs import Artifact, TrainingRun
from .vectors import EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, LiveMediaEncoder

__all__ = [
    "Allocation",
    "Arm",
    "Artifact",
    "Click",
    "Deployment",
    "EmbeddingFailure",
    "EmbeddingShard",
    "Experiment",
    "Exploration",
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
