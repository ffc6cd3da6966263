"""What can be set for a language task, as the command line reads it and the admin shows it."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from recommender.jobs.task_settings import settings_of
from recommender.language.task import BUILT_IN, language_task
from recommender.management.language import settings_read
from recommender.services.task_settings import config_of, task_settings

from .slow_task import SlowTask


@dataclass(frozen=True)
class ManyConfig:
    steps: int = 3
    rate: float = 0.1
    fast: bool = False
    base: str = ""
    adapter: Literal["full", "lora"] = "full"
    sizes: tuple[int, ...] = (64, 128)
    loop: dict = field(default_factory=lambda: {"epochs": 7})


class ManyTask(SlowTask):
    Config = ManyConfig


def read(*pairs: str) -> dict:
    return settings_read(ManyTask, pairs)


def test_the_table_that_the_admin_reads_is_that_of_the_tasks():
    """Where this fails: manage.py task_settings --write"""
    assert task_settings() == {slug: settings_of(language_task(slug)) for slug in BUILT_IN}


def test_what_is_written_is_read_as_what_the_field_holds():
    assert read("steps=5", "rate=2", "fast=true", "base=5", "adapter=lora", "sizes=8,16") == {
        "steps": 5,
        "rate": 2.0,
        "fast": True,
        "base": "5",
        "adapter": "lora",
        "sizes": [8, 16],
    }


def test_one_setting_of_the_loop_keeps_the_others():
    config = read("loop.batch_size=4", "loop.learning_rate=1e-3")["loop"]
    assert (config["epochs"], config["batch_size"], config["learning_rate"]) == (7, 4, 0.001)


def test_every_default_is_read_back_as_itself():
    for known in (settings_of(ManyTask), *task_settings().values()):
        values = {one.name: one.read(one.written(one.default)) for one in known}
        assert values == {one.name: one.default for one in known}
        assert set(config_of(known, values)) == {one.name.partition(".")[0] for one in known}


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("steps=3.5", "steps is a whole number; '3.5' is not"),
        ("rate=nan", "rate is a number; 'nan' is not"),
        ("fast=1", "fast is true or false; '1' is not"),
        ("sizes=8,x", "with commas between them"),
        ("adapter=none", "adapter is one of full, lora; 'none' is not"),
        ("loop.speed=1", "with one of adapter, base"),
        ("steps", "say NAME=VALUE"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(pair, says):
    with pytest.raises(ValueError, match=says):
        read(pair)
