"""The folder that is the broker by default: no worker meets half a message."""

from __future__ import annotations

import os

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import resolve_transport

from config import broker


@pytest.fixture
def connection(tmp_path):
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("filesystem://localhost", transport_options=options) as connection:
        yield connection


def test_folders_are_reached_through_the_transport_of_ours():
    assert resolve_transport("filesystem") is broker.Transport


def test_what_is_put_in_comes_out_once(connection):
    queue = connection.SimpleQueue("tasks")
    for number in range(3):
        queue.put({"n": number})
    assert sorted(queue.get(block=False).payload["n"] for _number in range(3)) == [0, 1, 2]
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    queue.close()


def test_a_message_is_not_there_before_it_is_whole(connection, tmp_path, monkeypatch):
    looked_at = []

    def replace(aside, name):
        looked_at.append((channel._size("tasks"), os.path.getsize(aside) > 0, os.path.exists(name)))
        os.rename(aside, name)

    monkeypatch.setattr(broker.os, "replace", replace)
    channel = connection.channel()
    channel._put("tasks", {"n": 1})
    assert looked_at == [(0, True, False)]
    assert channel._get("tasks") == {"n": 1}


def test_a_folder_that_cannot_be_written_is_said(connection, tmp_path):
    channel = connection.channel()
    channel.__dict__["data_folder_out"] = str(tmp_path / "gone")
    with pytest.raises(ChannelError, match="gone"):
        channel._put("tasks", {"n": 1})
