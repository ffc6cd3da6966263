"""A model behind a server that speaks OpenAI's chat protocol: vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from .breaker import Breaker
from .prompts import Message
from .speaking import SpokenVoice, VoiceError

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024  # of an answer
LONGEST_WAIT = 2.0  # seconds between two tries


class _Again(Exception):
    """The server may answer when it is asked again."""


class _Refused(Exception):
    """Asking again is of no use."""


class ServerVoice(SpokenVoice):
    """Asks `url`/chat/completions. `timeout` is in seconds, for each try; `retries` come after the first try.

    A server that is down, slow, overloaded or talks nonsense costs the words it would have said and nothing else; after
    some failures `breaker` leaves it alone for a while. Redirects are not followed: the key goes to `url` alone.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        *,
        timeout: float = 3.0,
        retries: int = 2,
        breaker: Breaker | None = None,
        common: Collection[str] = frozenset(),
    ):
        if not url.startswith(("http://", "https://")):
            raise VoiceError(f"VOICE_URL must begin with http:// or https://; it is {url!r}.")
        if not model:
            raise VoiceError("VOICE_MODEL names the model that the server is to use; it is empty.")
        super().__init__(f"{model} at {httpx.URL(url).host}", common)
        self.model, self.retries = model, retries
        self.breaker = breaker or Breaker()
        self._url = f"{url.rstrip('/')}/chat/completions"
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=timeout, headers=headers, follow_redirects=False, trust_env=False)

    @property
    def available(self) -> bool:
        """Whether the server would be asked now."""
        return self.breaker.state != "open"

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def answer(self, messages: Sequence[Message], tokens: int) -> str | None:
        if not self.breaker.allows():
            return None
        body = {"model": self.model, "messages": list(messages), "max_tokens": tokens, "temperature": 0}
        tries = Retrying(
            stop=stop_after_attempt(1 + self.retries),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT),
            retry=retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            said = tries(self._ask, body)
        except (_Again, _Refused) as error:
            self.breaker.failed()
            logger.warning("%s did not answer: %s", self.name, error)
            return None
        except BaseException:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return said

    def _ask(self, body: dict[str, Any]) -> str:
        try:
            with self._client.stream("POST", self._url, json=body) as response:
                if response.status_code == 429 or response.status_code >= 500:
                    raise _Again(f"status {response.status_code}")
                if response.status_code != 200:
                    raise _Refused(f"status {response.status_code}; look at VOICE_URL, VOICE_MODEL and VOICE_KEY.")
                content = _limited(response)
        except httpx.TransportError as error:
            raise _Again(f"{type(error).__name__}: {error}") from error
        try:
            said = json.loads(content)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise _Refused("what it sent is no chat completion.") from error
        return said if isinstance(said, str) else ""


def _limited(response: httpx.Response) -> bytes:
    """The body, unless it is longer than any answer."""
    content = b""
    for part in response.iter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise _Refused(f"its answer is longer than {MOST_BYTES} bytes.")
    return content
