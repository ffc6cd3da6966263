"""Voices behind a server, against a real one on this machine that answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recommender.language.voice.breaker import Breaker
from recommender.language.voice.opening import VoiceSettings, open_voice
from recommender.language.voice.server import MOST_BYTES, ServerVoice
from recommender.language.voice.speaking import Voice, VoiceError

FACTS = {"did": "watched"}
SENTENCE = "Since you watched {title}."


def completion(content):
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


@pytest.fixture
def server():
    """`server.replies` are given one after the other, the last again and again; `server.requests` is what came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.requests.append((self.path, dict(self.headers), body))
            reply = made.replies.pop(0) if len(made.replies) > 1 else made.replies[0]
            status, content = reply() if callable(reply) else reply
            try:
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever asked did not wait

        def log_message(self, *arguments):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.replies, made.requests = [completion(SENTENCE)], []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def ask(server):
    voices = []

    def make(**options):
        options = {"timeout": 2.0, "retries": 0, **options}
        voices.append(ServerVoice(f"http://127.0.0.1:{server.server_port}/v1", "tiny", "secret", **options))
        return voices[-1]

    yield make
    for voice in voices:
        voice.close()


def test_a_question_goes_out_in_the_chat_protocol_and_the_answer_comes_back(server, ask):
    voice = ask()
    assert isinstance(voice, Voice)
    assert voice.word("explanation", FACTS, "en") == SENTENCE
    path, headers, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "tiny" and body["temperature"] == 0
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert '<data name="did">watched</data>' in body["messages"][1]["content"]


def test_a_server_that_is_overloaded_is_asked_again(server, ask):
    server.replies = [(503, b""), (429, b""), completion(SENTENCE)]
    assert ask(retries=2).word("explanation", FACTS, "en") == SENTENCE
    assert len(server.requests) == 3


def test_retries_come_to_an_end(server, ask):
    server.replies = [(503, b"")]
    voice = ask(retries=1)
    assert voice.word("explanation", FACTS, "en") is None
    assert len(server.requests) == 2 and voice.outcomes == {"failed": 1}


@pytest.mark.parametrize("reply", [(401, b""), (404, b""), (302, b""), (200, b"no json"), (200, b'{"choices": []}')])
def test_an_answer_that_is_no_use_is_not_asked_for_again(server, ask, reply):
    server.replies = [reply]
    assert ask(retries=2).word("explanation", FACTS, "en") is None
    assert len(server.requests) == 1


def test_a_slow_server_is_not_waited_for(server, ask):
    waited_for = threading.Event()

    def slow():
        waited_for.wait(60)
        return completion(SENTENCE)

    server.replies = [slow]
    assert ask(timeout=0.1).word("explanation", FACTS, "en") is None  # while the server is still at it
    waited_for.set()


def test_an_endless_answer_is_not_read_to_its_end(server, ask):
    server.replies = [completion("x" * (2 * MOST_BYTES))]
    voice = ask()
    assert voice.word("explanation", FACTS, "en") is None
    assert voice.outcomes == {"failed": 1}


def test_the_breaker_leaves_a_broken_server_alone_and_tries_it_later(server, ask):
    now = [0.0]
    voice = ask(breaker=Breaker(failures=2, pause=30.0, clock=lambda: now[0]))
    server.replies = [(500, b"")]
    for _ in range(5):
        assert voice.word("explanation", FACTS, "en") is None
    assert len(server.requests) == 2 and not voice.available
    now[0] = 31.0
    assert voice.available
    server.replies = [completion(SENTENCE)]
    assert voice.word("explanation", FACTS, "en") == SENTENCE
    assert voice.breaker.state == "closed"


def test_what_a_server_says_is_read_before_it_comes_out(server, ask):
    server.replies = [completion("Since you watched {title}, see https://evil.example")]
    voice = ask()
    assert voice.word("explanation", FACTS, "en") is None
    assert voice.outcomes == {"refused": 1}


def test_nobody_listening_is_a_failure_and_no_error(server):
    voice = ServerVoice("http://127.0.0.1:9", "tiny", timeout=0.2, retries=0)
    assert voice.word("explanation", FACTS, "en") is None
    voice.close()


def test_settings_without_a_protocol_or_a_model_are_refused():
    with pytest.raises(VoiceError, match="must begin with http"):
        ServerVoice("file:///etc", "tiny")
    with pytest.raises(VoiceError, match="VOICE_MODEL"):
        open_voice(VoiceSettings(url="http://127.0.0.1:9"))


def test_the_settings_say_which_voice():
    assert open_voice(VoiceSettings()) is None
    voice = open_voice(VoiceSettings(model="tiny", url="http://127.0.0.1:9/v1", failures=3))
    assert isinstance(voice, ServerVoice) and voice.breaker.most == 3
    assert "127.0.0.1" in voice.name
    voice.close()


class TestBreaker:
    def breaker(self, failures=2):
        self.now = 0.0
        return Breaker(failures, pause=10.0, clock=lambda: self.now)

    def test_it_opens_after_failures_in_a_row_only(self):
        breaker = self.breaker()
        breaker.failed()
        breaker.succeeded()
        breaker.failed()
        assert breaker.state == "closed"
        breaker.failed()
        assert breaker.state == "open" and not breaker.allows()

    def test_half_open_lets_one_question_through(self):
        breaker = self.breaker(failures=1)
        breaker.failed()
        self.now = 10.0
        assert breaker.state == "half-open"
        assert [breaker.allows() for _ in range(3)] == [True, False, False]

    def test_a_trial_that_fails_opens_it_for_another_pause(self):
        breaker = self.breaker(failures=2)
        breaker.failed()
        breaker.failed()
        self.now = 10.0
        assert breaker.allows()
        breaker.failed()
        assert breaker.state == "open" and not breaker.allows()
        self.now = 20.0
        assert breaker.allows()
        breaker.succeeded()
        assert breaker.state == "closed" and breaker.allows()

    def test_of_many_threads_one_tries(self):
        breaker = self.breaker(failures=1)
        breaker.failed()
        self.now = 10.0
        barrier, allowed = threading.Barrier(8), []

        def ask():
            barrier.wait()
            allowed.append(breaker.allows())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(allowed) == 1

    def test_nonsense_is_refused(self):
        with pytest.raises(ValueError, match="1 failure or more"):
            Breaker(failures=0)
