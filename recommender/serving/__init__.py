"""What a web process keeps in memory: each storefront's items as columns, and the models that are live.

Nothing in here imports torch. Columns follow the database within `REFRESH` seconds: a new, changed or withdrawn
item counts from the next refresh on, and the final list is checked against the database in any case.
"""

from .live import LiveStorefront, forget, live
from .warming import warm

__all__ = ["LiveStorefront", "forget", "live", "warm"]
