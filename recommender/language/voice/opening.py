"""From settings to a voice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .breaker import Breaker
from .speaking import SpokenVoice


@dataclass(frozen=True)
class VoiceSettings:
    """`model`: with a `url`, what the server calls it; without, a folder, package, hub id or .gguf file.

    `timeout` and `pause` are in seconds; the breaker opens after `failures` and tries again after `pause`.
    """

    model: str = ""
    url: str = ""
    key: str = ""
    timeout: float = 3.0
    retries: int = 2
    failures: int = 5
    pause: float = 30.0
    device: str = "cpu"


def open_voice(settings: VoiceSettings, common: Collection[str] = frozenset()) -> SpokenVoice | None:
    """The voice that the settings name, None where they name none. Raises VoiceError.

    `common`: see `safety.common_words`. A local model imports torch: on workers only.
    """
    if not settings.model and not settings.url:
        return None
    if settings.url:
        from .server import ServerVoice

        return ServerVoice(
            settings.url,
            settings.model,
            settings.key,
            timeout=settings.timeout,
            retries=settings.retries,
            breaker=Breaker(settings.failures, settings.pause),
            common=common,
        )
    from .local import LocalVoice

    return LocalVoice(settings.model, settings.device or "cpu", common=common)
