from tests.catalog.api.clients import api, patient, rival, shop

__all__ = ["api", "patient", "rival", "shop"]
