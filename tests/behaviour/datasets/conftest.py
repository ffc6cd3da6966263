import pytest

from behaviour.datasets import FORMATS, Options
from behaviour.datasets.importing import dataset_import
from catalog.models import Storefront


@pytest.fixture
def import_folder(db, tmp_path):
    """Write files, import them into a new storefront; gives the storefront, the reports and the dataset."""

    def make(name: str, files: dict[str, str | bytes], vertical: str = "video", **options):
        for file, content in files.items():
            (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        storefront = Storefront.objects.create(slug="tried", name="Tried", vertical=vertical)
        dataset = FORMATS[name].read(tmp_path, Options(vertical, **options))
        reports = dataset_import(storefront=storefront, dataset=dataset)
        return storefront, reports, dataset

    return make
