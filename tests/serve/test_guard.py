"""The door: only names on the list are answered, only reading is possible, every answer carries the headers."""

import pytest

from appliance.serve.guard import HEADERS, allowed_hosts
from appliance.site import Site
from tests.serve.asking import HOST, Client

HOSTILE_HOSTS = (
    "evil.example", "evil.example:8600", "localhost.evil.example:8600", "localhost:8601", "localhost", "127.0.0.1",
    "127.0.0.1:80", "127.0.0.2:8600", "localhost:8600.evil.example", "localhost:8600:8600", "localhost%00:8600",
    "user@localhost:8600", "", " ", "[::2]:8600", "0.0.0.0:8600", "board.plant.example", "LOCALHOST:08600",
    "xn--localhost:8600", "a" * 5000,
)  # fmt: skip
OURS = ("localhost:8600", "LocalHost:8600", "127.0.0.1:8600", "[::1]:8600", "board.plant.example:8600")
PATHS = ("/", "/night", "/static/dashboard.css", "/picture?part=x", "/nowhere", "/figure/sizes.svg?of=night")


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_another_host_is_refused_whatever_it_asks(client: Client, host: str) -> None:
    for path in PATHS:
        answer = client.get(path, host=host)
        assert answer.status_code == 421
        assert "piped" not in answer.text
        assert len(answer.text.splitlines()) == 1
    assert client.post("/alerts/acknowledge", {"token": client.desk.token, "number": "1"}, host=host).status_code == 421


@pytest.mark.parametrize("host", OURS)
def test_names_on_the_list_are_answered(client: Client, host: str) -> None:
    assert client.get("/", host=host).status_code == 200


def test_two_hosts_are_refused(client: Client) -> None:
    answer = client.ask("GET", "/", headers=[("host", HOST), ("host", "evil.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 200])
def test_nothing_but_reading(client: Client, method: str) -> None:
    assert client.ask(method, "/").status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/alerts", "/night", "/picture", "/static/dashboard.css", "/alerts/acknowledge/1"]
)
def test_only_acknowledging_is_posted(client: Client, path: str) -> None:
    answer = client.post(path, {"token": client.desk.token})
    assert answer.status_code in (404, 405)


def test_acknowledging_is_not_a_get(client: Client) -> None:
    assert client.get(f"/alerts/acknowledge?token={client.desk.token}&number=1&by=x").status_code == 405


@pytest.mark.parametrize("path", ["/" + "a" * 5000, "/night?run=" + "a" * 5000, "/part?id=" + "%2e%2e%2f" * 1000])
def test_an_endless_address_is_refused(client: Client, path: str) -> None:
    assert client.get(path).status_code == 414


@pytest.mark.parametrize(
    "path",
    ["/static/../site.toml", "/static/%2e%2e/site.toml", "/static/..%2f..%2fsite.toml", "/site.toml", "/log.db",
     "/static/dashboard.css/..", "/\\evil.example", "/static/%00", "/.git/config", "/now/../log.db"],
)  # fmt: skip
def test_no_file_but_our_own_is_served(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 307)
    assert "[parts]" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, "/" + "a" * 5000])
def test_every_answer_carries_the_headers(client: Client, path: str) -> None:
    for host in (HOST, "evil.example"):
        answer = client.get(path, host=host)
        lacking = [name for name in HEADERS if name.lower() not in answer.headers]
        assert lacking == []
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy or path.startswith("/figure/")
        assert "server" not in answer.headers


def test_head_answers_without_a_body(client: Client) -> None:
    answer = client.ask("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_list_of_hosts() -> None:
    every = "0.0.0.0"  # noqa: S104 - not bound, only asked about
    assert allowed_hosts(every, 80, ()) >= {"localhost", "localhost:80"}
    assert f"{every}:80" not in allowed_hosts(every, 80, ())
    assert "10.0.0.7:9000" in allowed_hosts("10.0.0.7", 9000, ())
    assert "[fe80::1]:9000" in allowed_hosts("fe80::1", 9000, ())


def test_nothing_is_written_but_by_acknowledging(own: Site) -> None:
    """Every page over a log that cannot be written at all."""
    before = own.log_path.read_bytes()
    client = Client(own.folder)
    for path in ("/", "/trends", "/night", "/alerts", "/health", "/laws", "/measured"):
        assert client.get(path).status_code == 200
    assert own.log_path.read_bytes() == before
