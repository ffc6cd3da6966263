"""How behaviour leads to items: runs, artifacts, deployments, vectors, texts and the lists that were served."""

from .audit import AuditEntry
from .deployments import Deployment, LanguageDeployment
from .impressions import Click, Impression
from .language import GeneratedText, PersonKeywords
from .recommendations import Recommendation
from .rules import OperatorRule
from .runs import Artifact, TrainingRun
from .standby import ShadowList, Standby
from .vectors import EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, LiveMediaEncoder

__all__ = [
    "Artifact",
    "AuditEntry",
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
    "OperatorRule",
    "PersonKeywords",
    "Recommendation",
    "ShadowList",
    "Standby",
    "TrainingRun",
]
