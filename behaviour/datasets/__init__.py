"""Ways in which people publish who did what: one a file, all of the shape in dataset.py."""

from . import jsonl, lastfm, mealrec, mind, movielens, movielens_100k, netflix, online_retail, sequences, tables
from .dataset import STREAMS, Dataset, DatasetError, Format, MissingPackage, Options

#: Every format by the name that the command line knows it by.
FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (movielens_100k, movielens, sequences, online_retail, lastfm, netflix, mind, mealrec, jsonl, tables)
}

__all__ = ["FORMATS", "STREAMS", "Dataset", "DatasetError", "Format", "MissingPackage", "Options"]
