import socket
import threading
import time

import pytest

from recommender.language.media.fetching import FetchLimits, fetch, may_be_reached
from recommender.language.media.limits import MediaError

IMAGE = b"\x89PNG\r\n\x1a\n and so on"
LOCAL = FetchLimits(networks=("127.0.0.0/8",), seconds=2)


class Listener:
    """A server on loopback that counts connections and gives each path its answer."""

    def __init__(self):
        self.answers, self.connections = {}, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(4096)
                if not part:
                    return
                request += part
            self.request = request
            try:
                for part in self.answers.get(request.split()[1].decode(), [answer(status="404 Not Found")]):
                    if isinstance(part, float):
                        time.sleep(part)
                    else:
                        connection.sendall(part)
            except OSError:
                pass

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"


def answer(body=b"", status="200 OK", **headers):
    lines = {"Content-Type": "image/png", "Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


@pytest.fixture
def listener():
    server = Listener()
    yield server
    server.socket.close()


INSIDE = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://127.255.255.254:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",
    "http://192.168.1.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@public.example/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127\u30020\u30020\u30021:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "http:///x",
    "http://127.0.0.1:{port}/\r\nHost: x",
]


@pytest.mark.parametrize("url", INSIDE)
def test_no_address_reaches_inside(listener, url):
    with pytest.raises(MediaError):
        fetch(url.format(port=listener.port))
    time.sleep(0.01)
    assert listener.connections == 0


def test_a_name_that_resolves_to_the_inside_is_refused_without_a_connection(listener):
    with pytest.raises(MediaError, match=r"127\.0\.0\.1, which is not a public address"):
        fetch(listener.url("/", host="images.example"), resolve=lambda host, port: ["127.0.0.1"])
    assert listener.connections == 0


def test_one_private_address_among_public_ones_is_enough_to_refuse(listener):
    with pytest.raises(MediaError, match="not a public address"):
        fetch(listener.url("/", host="images.example"), resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert listener.connections == 0


def test_a_name_that_changes_its_mind_is_asked_only_once(listener):
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    limits = FetchLimits(networks=("127.0.0.2/32",), seconds=2)
    with pytest.raises(MediaError):  # what listens is on 127.0.0.1, and the connection went to what was checked
        fetch(listener.url("/a.png", host="images.example"), limits=limits, resolve=lambda host, port: next(answers))
    assert listener.connections == 0
    assert next(answers) == ["127.0.0.1"]


def test_each_redirect_is_checked_anew(listener):
    listener.answers["/a"] = [answer(status="302 Found", Location="http://169.254.169.254/latest/meta-data/")]
    with pytest.raises(MediaError, match=r"169\.254\.169\.254, which is not a public address"):
        fetch(listener.url("/a"), limits=LOCAL)


@pytest.mark.parametrize("to", ["file:///etc/passwd", "http://[::1]/", "http://2130706432/", "gopher://x/"])
def test_no_redirect_leads_out_of_what_is_allowed(listener, to):
    listener.answers["/a"] = [answer(status="301 Moved", Location=to)]
    with pytest.raises(MediaError):
        fetch(listener.url("/a"), limits=LOCAL)
    assert listener.connections == 1


def test_an_image_is_fetched_from_the_address_that_was_checked_under_its_own_name(listener):
    listener.answers["/a.png"] = [answer(IMAGE)]
    url = listener.url("/a.png", host="images.example")
    found = fetch(url, limits=LOCAL, resolve=lambda host, port: ["127.0.0.1"])
    assert (found.data, found.url, found.content_type) == (IMAGE, url, "image/png")
    assert b"\r\nHost: images.example:" in listener.request


def test_a_redirect_to_a_relative_address_is_followed(listener):
    listener.answers["/a"] = [answer(status="307 Temporary Redirect", Location="/b")]
    listener.answers["/b"] = [answer(IMAGE)]
    assert fetch(listener.url("/a"), limits=LOCAL).url == listener.url("/b")


def test_redirects_come_to_an_end(listener):
    listener.answers["/a"] = [answer(status="302 Found", Location="/a")]
    with pytest.raises(MediaError, match="more than 3 times"):
        fetch(listener.url("/a"), limits=LOCAL)
    assert listener.connections == 4


def test_a_file_that_says_it_is_too_large_is_not_read(listener):
    listener.answers["/a"] = [answer(Content_Length="999999999999")]
    with pytest.raises(MediaError, match="999,999,999,999 bytes"):
        fetch(listener.url("/a"), limits=LOCAL)


def test_a_file_that_does_not_say_how_large_it_is_is_cut_off(listener):
    listener.answers["/a"] = [answer(Content_Length=None), *[b"x" * 1000] * 50]
    with pytest.raises(MediaError, match="more than the 10,000 bytes"):
        fetch(listener.url("/a"), limits=FetchLimits(bytes=10_000, networks=LOCAL.networks))


def test_a_server_that_lies_about_the_length_is_refused(listener):
    listener.answers["/a"] = [answer(IMAGE, Content_Length=str(len(IMAGE) + 10))]
    with pytest.raises(MediaError, match="could not be fetched"):
        fetch(listener.url("/a"), limits=LOCAL)


@pytest.mark.parametrize("slow", ["head", "body"])
def test_a_server_that_dribbles_is_given_up_in_time(listener, slow):
    dribble = [part for byte in b"a: b\r\n" * 40 for part in (bytes([byte]), 0.05)]
    start = [b"HTTP/1.1 200 OK\r\n"] if slow == "head" else [answer(Content_Length="100000")]
    listener.answers["/a"] = [*start, *dribble]
    started = time.monotonic()
    with pytest.raises(MediaError, match=r"within 0\.5 seconds"):
        fetch(listener.url("/a"), limits=FetchLimits(seconds=0.5, networks=LOCAL.networks))
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("kind", ["text/html", "image/png; charset=x, text/html", None, "application/octet-stream"])
def test_only_what_is_called_an_image_or_sound_is_read(listener, kind):
    listener.answers["/a"] = [answer(IMAGE, Content_Type=kind)]
    if kind and kind.startswith("image/"):
        assert fetch(listener.url("/a"), limits=LOCAL).content_type == "image/png"
    else:
        with pytest.raises(MediaError, match="not image or audio"):
            fetch(listener.url("/a"), limits=LOCAL)


def test_what_the_server_packed_is_not_unpacked(listener):
    listener.answers["/a"] = [answer(IMAGE, Content_Encoding="gzip")]
    with pytest.raises(MediaError, match="packed"):
        fetch(listener.url("/a"), limits=LOCAL)


def test_an_error_of_the_server_is_told_as_such(listener):
    with pytest.raises(MediaError, match="status 404"):
        fetch(listener.url("/nothing"), limits=LOCAL)


def test_proxies_of_the_environment_are_not_used(listener, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", listener.url("/"))
    with pytest.raises(MediaError):
        fetch("http://images.example/a.png", resolve=lambda host, port: ["192.0.2.1"])
    assert listener.connections == 0


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_public_addresses_may_be_reached(address):
    assert may_be_reached(address)


@pytest.mark.parametrize(
    "address",
    [
        "100.64.0.1",
        "172.16.0.1",
        "198.18.0.1",
        "fd00::1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
        "fe80::1",
        "fec0::1",
    ],
)
def test_addresses_for_other_purposes_may_not(address):
    assert not may_be_reached(address)
