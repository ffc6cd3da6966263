"""The sign of life that a worker gives while it computes."""

import threading

from django.db import OperationalError

from recommender.jobs.heartbeat import Heartbeat


class Rows:
    """The first writes meet a database that is busy."""

    def __init__(self, busy: int):
        self.busy, self.beats, self.beaten = busy, 0, threading.Event()

    def update(self, **values):
        self.beats += 1
        if self.beats <= self.busy:
            raise OperationalError("database is locked")
        self.beaten.set()


def test_it_goes_on_beating_after_the_database_was_busy():
    rows = Rows(busy=2)
    with Heartbeat(rows, 0.001, "test"):
        assert rows.beaten.wait(10)
    assert rows.beats > 2


def test_after_the_end_it_is_silent():
    rows = Rows(busy=0)
    with Heartbeat(rows, 0.001, "test"):
        assert rows.beaten.wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "test-heartbeat"]
