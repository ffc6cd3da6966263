"""The command that lets a voice word explanations, with a server on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recommender.models import GeneratedText


@pytest.fixture
def server(settings):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"choices": [{"message": {"content": made.said}}]}).encode()
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.said, made.status = "Because of {title}.", 200
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.VOICE_URL, settings.VOICE_MODEL = f"http://127.0.0.1:{made.server_port}/v1", "tiny"
    settings.VOICE_RETRIES = 0
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def word(*arguments) -> str:
    out = StringIO()
    call_command("word_texts", "cinema", "--language", "en", *arguments, stdout=out)
    return out.getvalue()


def test_what_the_server_says_is_kept_where_it_is_true(cinema, server):
    rows = json.loads(word("--format", "json"))
    figures = {row["figure"]: row["value"] for row in rows}
    assert figures["kept"] == GeneratedText.objects.filter(text="Because of {title}.").count() > 0
    assert figures["refused"] > 0  # where something is shared, {facet} belongs into it
    assert "manage.py recommend cinema PERSON" in word()


def test_without_a_voice_it_says_what_to_set(cinema):
    with pytest.raises(CommandError, match="VOICE_MODEL") as caught:
        word()
    assert caught.value.returncode == 2


def test_a_server_that_does_not_answer_is_left_alone_and_said_so(cinema, server, settings):
    settings.VOICE_FAILURES, server.status = 2, 500
    with pytest.raises(CommandError, match="sentences wait"):
        word()
    assert not GeneratedText.objects.exists()


def test_a_model_that_is_not_there_is_named(cinema, settings):
    settings.VOICE_MODEL = "/nowhere/model.gguf"
    with pytest.raises(CommandError, match="not there"):
        word()
