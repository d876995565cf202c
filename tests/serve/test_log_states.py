"""A log that is missing, damaged, of another schema or program, or being written: one line each, never a traceback."""

import json
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from appliance.log.connect import transaction
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.serve.desk import SUMMARIES
from appliance.site import Site
from tests.report.page import read
from tests.serve.asking import Client


def refused(site: Site, path: str = "/") -> str:
    """What the page says, after it was found to be one state, one reason, one way to mend it."""
    answer = Client(site.folder).get(path)
    assert answer.status_code == 503
    page = read(answer.text)
    assert len(page.named("h1")) == 1
    assert "Traceback" not in answer.text
    return " ".join(page.text.split())


def test_no_log_yet(own: Site) -> None:
    own.log_path.unlink()
    assert "there is no log yet" in refused(own)
    assert not own.log_path.exists()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be looked at" * 40, b"SQLite format 3\0"]
)
def test_not_a_log(own: Site, content: bytes) -> None:
    own.log_path.write_bytes(content)
    assert "inspect-eval" in refused(own)


def test_another_program_s_database(own: Site) -> None:
    own.log_path.unlink()
    with sqlite3.connect(own.log_path) as conn:
        conn.execute("CREATE TABLE theirs (x)")
    conn.close()
    assert "another program" in refused(own)


def test_an_empty_file(own: Site) -> None:
    own.log_path.write_bytes(b"")
    refused(own)


@pytest.mark.parametrize("path", ["/", "/night", "/trends", "/health", "/alerts"])
def test_a_damaged_log(own: Site, path: str) -> None:
    data = bytearray(own.log_path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 2048] = b"\xa5" * 2048
    own.log_path.write_bytes(data)
    assert "damaged" in refused(own, path)


def test_a_log_of_a_newer_version(own: Site) -> None:
    with Log.open(own.log_path) as log:
        log.connection.execute("INSERT INTO migrations (migration_set, name, applied_at) VALUES ('log', 'later', '')")
    assert "newer version" in refused(own)


def test_a_log_of_an_older_version(own: Site) -> None:
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM migrations WHERE name = 'scores'")
    assert "older version" in refused(own)


def test_a_log_that_is_being_written(own: Site) -> None:
    """Readers go on beside a writer, and see what was there before it."""
    with Log.open(own.log_path) as log, transaction(log.connection, log.path):
        log.connection.execute("UPDATE runs SET family = 'half written'")
        answer = Client(own.folder).get("/night")
        assert answer.status_code == 200
        assert "half written" not in answer.text


def test_a_log_replaced_while_the_dashboard_runs(own: Site, hostile: Site) -> None:
    client = Client(own.folder)
    assert client.get("/").status_code == 200
    own.log_path.unlink()
    assert client.get("/").status_code == 503
    shutil.copy(hostile.log_path, own.log_path)
    assert client.get("/").status_code == 200


def test_a_run_from_before_summaries_were_kept_is_scored_when_it_is_asked_for(own: Site) -> None:
    whole = read(Client(own.folder).get("/night").text).text
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM documents")
        log.connection.execute("UPDATE member_scores SET escape_upper = NULL, state = '', clean_state = ''")
    SUMMARIES.clear()
    again = Client(own.folder)
    assert read(again.get("/night").text).text.split("Shown")[0] == whole.split("Shown")[0]
    assert "not judged" not in again.get("/").text


def test_a_run_at_work_is_shown_beside_the_last_finished_one(own: Site) -> None:
    with Log.open(own.log_path) as log:
        record = log.read_run("last")
        from dataclasses import replace

        head = replace(record.head, run="20991231-000000-aaaa")
        log.start_run(head, record.parts, record.members, record.conditions)
    client = Client(own.folder)
    with site_lock(own.folder):
        assert "At work now 0 of 9 cells" in " ".join(read(client.get("/").text).text.split())
    (own.folder / "site.lock").write_text(json.dumps({"pid": 999999999, "host": socket.gethostname()}))
    text = " ".join(read(client.get("/").text).text.split())
    assert "Stopped before its end 0 of 9 cells" in text
    assert "inspect-eval audit --resume" in text
    assert client.get("/night?run=20991231-000000-aaaa").status_code == 200
    assert client.get("/member?name=m&run=20991231-000000-aaaa").status_code == 200


def test_site_toml_that_was_spoilt_is_one_line(own: Site) -> None:
    own.file.write_text("[limits]\nescape_rate = 7\n")
    answer = Client(own.folder).get("/")
    assert answer.status_code == 503
    assert "escape_rate" in answer.text


def test_a_site_without_runs(tmp_path: Path, own: Site) -> None:
    own.log_path.unlink()
    Log.open(own.log_path).close()
    client = Client(own.folder)
    for path in ("/", "/trends", "/health", "/alerts", "/measured"):
        assert client.get(path).status_code == 200, path
    for path in ("/night", "/laws", "/member?name=m"):
        assert client.get(path).status_code == 404, path
