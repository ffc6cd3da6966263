"""The folder that is the broker until there is a real one: a message is there whole, or not at all."""

from __future__ import annotations

import os
import uuid
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **options: Any) -> None:
        """Written aside and renamed into place.

        kombu writes into the file that a worker looks for. A worker that takes it between the opening and the writing
        reads nothing, and ends: "Unrecoverable error: JSONDecodeError". Busy machines do that within minutes.
        """
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        aside = os.path.join(self.data_folder_out, f".{name}.part")  # no name that a worker looks for
        try:
            with open(aside, "wb") as file:
                file.write(dumps(payload).encode())
            os.replace(aside, os.path.join(self.data_folder_out, name))
        except OSError as error:
            raise ChannelError(f"Cannot add a message to {self.data_folder_out}: {error}") from error


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """From here on `filesystem://` is this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
