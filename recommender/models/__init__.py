"""How behaviour leads to items: runs, artifacts, deployments, vectors, texts and the lists that were served."""

from .alerts import Alert, AlertRule
from .audit import AuditEntry
from .deployments import Deployment, LanguageDeployment
from .experiments import Allocation, Arm, Experiment, Exploration
from .impressions import Click, Impression
from .language import GeneratedText, PersonKeywords
from .measures import EventHour, ItemsShown, LatencyHour, LintFinding, ListHour, Measured, PlaceHour, RevenueHour
from .quotes import Quote, QuotedItem
from .recommendations import Recommendation
from .rules import OperatorRule
from .runs import Artifact, TrainingRun
from .schedules import Schedule
from .segments import Segment
from .standby import ShadowList, Standby
from .ties import ItemTie
from .vectors import EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, LiveMediaEncoder

__all__ = [
    "Alert",
    "AlertRule",
    "Allocation",
    "Arm",
    "Artifact",
    "AuditEntry",
    "Click",
    "Deployment",
    "EmbeddingFailure",
    "EmbeddingShard",
    "EventHour",
    "Experiment",
    "Exploration",
    "GeneratedText",
    "Impression",
    "ItemTie",
    "ItemVector",
    "ItemsShown",
    "LanguageDeployment",
    "LatencyHour",
    "LintFinding",
    "ListHour",
    "LiveEncoder",
    "LiveMediaEncoder",
    "Measured",
    "OperatorRule",
    "PersonKeywords",
    "PlaceHour",
    "Quote",
    "QuotedItem",
    "Recommendation",
    "RevenueHour",
    "Schedule",
    "Segment",
    "ShadowList",
    "Standby",
    "TrainingRun",
]
