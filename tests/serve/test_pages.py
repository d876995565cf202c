"""Every page, in both languages: whole, no script of its own, no address outside, every figure explained."""

import csv
import io
import json
import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from appliance.cost.kept import keep_record
from appliance.log.log import Log
from appliance.log.types import Warn
from appliance.site import Site
from appliance.watch.night import run_night
from tests.cost.build import record, row
from tests.report.page import Page, read
from tests.serve.asking import Client
from tests.serve.sites import ATTACKS, TWENTY

PAGES = (
    "/", "/trends", "/trends?nights=30", "/night", "/night?map=escapes", "/member?name=m", "/condition?key=clean",
    "/condition?key=jpeg%4020", "/part", "/alerts", "/laws", "/laws?axis=params", "/sizing", "/decision", "/health",
    "/measured",
)  # fmt: skip
OUTSIDE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[\w.-]+", re.IGNORECASE)


def address(site: Site, path: str) -> str:
    """The page of the first part where a part is needed."""
    if path != "/part":
        return path
    with Log.open_read(site.log_path) as log:
        part = log.read_run("last").parts[0].id
    return f"/part?id={quote(part, safe='')}&condition=jpeg%4020"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole(client: Client, audited: Site, path: str, language: str) -> None:
    answer = client.get(address(audited, path), **{"accept-language": f"{language},en;q=0.5"})
    assert answer.status_code == 200
    page = read(answer.text)
    assert page.named("html")[0]["lang"] == language
    assert len(page.named("h1")) == 1
    _carries_nothing_of_its_own(page)
    assert OUTSIDE.findall(answer.text) == []


def _carries_nothing_of_its_own(page: Page) -> None:
    """No inline script or style: the policy would refuse them, and the page must be whole without."""
    assert page.named("script") == [{"src": "/static/dashboard.js", "defer": ""}]
    assert page.named("style") == []
    handlers = [(tag, key) for tag, given in page.elements for key in given if key == "style" or key.startswith("on")]
    assert handlers == []


def test_every_explanation_that_is_linked_is_there(client: Client, audited: Site) -> None:
    known = {item["id"] for item in read(client.get("/measured").text).named("dt", "h2") if "id" in item}
    for path in PAGES:
        linked = re.findall(r'href="/measured[^"#]*#([\w-]+)"', client.get(address(audited, path)).text)
        assert set(linked) <= known, path


def test_every_figure_has_an_explanation_and_can_be_saved(client: Client, audited: Site) -> None:
    saved = 0
    for path in PAGES:
        text = client.get(address(audited, path)).text
        plots = re.findall(r'<figure class="plot">.*?</figure>', text, re.DOTALL)
        for plot in plots:
            assert "#" in re.findall(r'class="how" href="([^"]+)"', plot)[0]
        for link in set(re.findall(r'href="(/figure/[^"]+)"', text)):
            _is_saved(client, link.replace("&amp;", "&"))
            saved += 1
    assert saved > 30


def _is_saved(client: Client, link: str) -> None:
    answer = client.get(link)
    assert answer.status_code == 200, link
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    if ".svg" in link:
        root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own drawing
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "--paper" in answer.text
    else:
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_first_page_says_state_reason_and_every_size(client: Client) -> None:
    page = read(client.get("/").text)
    assert "size m: errors drift upwards" in page.text or "on the line" in page.text
    assert [item["class"].split()[0] for item in page.named("li") if "tile" in item.get("class", "")] == ["tile"] * 3


def test_what_is_switched_is_remembered(client: Client) -> None:
    answer = client.get("/?lang=ja&theme=dark")
    cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in cookie and "SameSite=strict" in cookie for cookie in cookies)
    again = client.get("/", cookie="lang=ja; theme=dark", **{"accept-language": "en"})
    html = read(again.text).named("html")[0]
    assert (html["lang"], html["data-theme"]) == ("ja", "dark")


MISSING = (
    "/night?run=none", "/member?name=nobody", "/condition?key=x@1", "/part?id=no", "/trends?nights=31",
    "/trends?nights=-1", "/health?before=x", "/part?id=../../etc", "/figure/none.svg?of=now",
    "/figure/sizes.exe?of=night", "/night?run=%00",
)  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_one_line(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert len(read(answer.text).named("h1")) == 1
    assert "Traceback" not in answer.text


def test_a_picture_is_drawn_as_it_was_scored_or_not_at_all(client: Client, audited: Site) -> None:
    with Log.open_read(audited.log_path) as log:
        part = quote(log.read_run("last").parts[0].id)
    answer = client.get(f"/picture?part={part}&condition=jpeg%4020")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")
    for asked in ("part=..%2F..%2Fetc%2Fpasswd", f"part={part}&condition=none", "part=%00"):
        assert client.get(f"/picture?{asked}").status_code == 404


SPOILT = (b"", b"{", b"[]", b'{"machines": 7}', b'{"machines": [1]}', b'{"machines": [{"machine": 1}]}', b"\xff\xfe",
          b'{"machines": []}', b"[" * 100_000)  # fmt: skip


@pytest.mark.parametrize("document", SPOILT)
def test_a_spoilt_sizing_file_is_as_if_there_were_none(own: Site, document: bytes) -> None:
    (own.reports / "size.json").write_bytes(document)
    answer = Client(own.folder).get("/sizing")
    assert answer.status_code == 200
    assert "inspect-eval size" in answer.text or b"[]" in document


def test_what_was_not_worked_out_yet_is_said_with_its_command(own: Site) -> None:
    (own.reports / "size.json").unlink()
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM documents WHERE kind <> 'summary' AND kind <> 'cells'")
        log.connection.execute("DELETE FROM alert_notes")
        log.connection.execute("DELETE FROM alerts")
        log.connection.execute("DELETE FROM baselines")
    client = Client(own.folder)
    commands = {"/sizing": "size", "/decision": "advise", "/laws": "law --axis macs", "/trends": "baseline set",
                "/alerts": "nightly"}  # fmt: skip
    for path, command in commands.items():
        assert f"inspect-eval {command}" in read(client.get(path).text).text, path


def test_a_night_is_shown_with_what_it_covered_and_when_the_next_is_due(own: Site) -> None:
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM baselines")  # the night sets its own
    text = own.file.read_text()
    own.file.write_text(text.replace("[nightly]", '[nightly]\ncost = false\nbackups = "none"'))
    run_night(own.folder, lambda step: None)
    text = " ".join(read(Client(own.folder).get("/").text).text.split())
    assert "Covered 9 of 9 cells" in text
    assert re.search(r"Next audit \d{4}-\d\d-\d\d 02:00", text)
    health = " ".join(read(Client(own.folder).get("/health").text).text.split())
    assert "night 1: 9 of 9 cells covered" in health
    assert Client(own.folder).get("/trends").status_code == 200


HOSTILE = ("/", "/trends", "/night", "/alerts", "/health", "/measured", "/laws", "/condition?key=defocus%401")


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_names_stay_text(hostile: Site, path: str) -> None:
    answer = Client(hostile.folder).get(path)
    assert answer.status_code == 200
    page = read(answer.text)
    _carries_nothing_of_its_own(page)
    given = {
        (tag, key): value
        for tag, item in page.elements
        for key, value in item.items()
        if key in ("href", "src", "action")
    }
    assert all(value.startswith(("/", "#", "?")) and not value.startswith("//") for value in given.values())
    assert not page.named("iframe", "object", "base", "embed")
    assert "\u202e" not in answer.text


def test_pages_of_hostile_members_and_parts_open(hostile: Site) -> None:
    client = Client(hostile.folder)
    for name in ATTACKS:
        answer = client.get(f"/member?name={quote(name, safe='')}")
        assert answer.status_code == 200, name
        _carries_nothing_of_its_own(read(answer.text))
    for index, name in enumerate(TWENTY):
        answer = client.get(f"/part?id={quote(name, safe='')}{index}")
        assert answer.status_code == 200, name
        _carries_nothing_of_its_own(read(answer.text))


def test_a_site_that_names_no_size_for_the_line_is_told_how(own: Site) -> None:
    assert "which size runs on the line" not in Client(own.folder).get("/").text
    own.file.write_text(own.file.read_text().replace('member = "m"', 'member = ""'))
    client = Client(own.folder)
    assert re.search('member = "[lm]"', read(client.get("/").text).text)  # a critical alert is open on s
    assert 'member = "l"' in read(client.get("/member?name=l").text).text
    own.file.write_text(own.file.read_text().replace('member = ""', 'member = "l"'))
    assert "l, on the line" in read(client.get("/").text).text


def test_sizing_is_said_in_the_reader_s_language_where_it_was_kept_so(own: Site) -> None:
    path = own.reports / "size.json"
    found = json.loads(path.read_text())
    japanese = {"verdict": "最も安い機械", "changes": ["変化"], "notes": [], "why": ["理由<b>", "", "", ""]}
    for told, shown in (({"ja": japanese}, True), ({"ja": 7}, False), ([], False), ({"ja": {"why": [1]}}, False)):
        path.write_text(json.dumps({**found, "told": told}))
        answer = Client(own.folder).get("/sizing", **{"accept-language": "ja"})
        assert answer.status_code == 200
        assert ("最も安い機械" in answer.text) is shown
        assert ("The cheapest machine" in answer.text) is not shown
        assert "<b>" not in answer.text
        assert "最も安い機械" not in Client(own.folder).get("/sizing").text


def test_what_is_new_shows_at_once(own: Site) -> None:
    """Nothing that is kept in memory outlives what it was made from."""
    client = Client(own.folder)
    before = read(client.get("/night").text).text
    with Log.open(own.log_path) as log:
        run = log.resolve("last")
        members = log.read_run(run, with_parts=False).members
        keep_record(log, record(*(row(m.name, sha256=m.sha256, throughput=4321.0) for m in members)))
    assert "4321" not in before
    assert "4321" in read(client.get("/night").text).text
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM runs WHERE run = ?", (run,))
    assert run not in read(client.get("/night").text).text
    assert client.get(f"/night?run={run}").status_code == 404


def test_nothing_is_hidden_behind_the_first_of_a_list(own: Site) -> None:
    with Log.open(own.log_path) as log:
        run = log.resolve("last")
        log.add_warnings(run, [Warn("part", f"warning {i}.", f"p{i}.png") for i in range(50)])
    client = Client(own.folder)
    short, whole = client.get("/night").text, client.get("/night?warnings=all").text
    assert "warning 49." not in short
    assert "warnings=all#warnings" in short
    assert "warning 49." in whole
    assert client.get("/condition?key=jpeg%4020&from=100000").status_code == 200
    assert client.get("/condition?key=jpeg%4020&from=-1").status_code == 404


def test_a_baseline_that_no_night_met_yet_is_named(own: Site) -> None:
    with Log.open(own.log_path) as log:
        log.connection.execute("DELETE FROM readings")
    text = read(Client(own.folder).get("/trends").text).text
    assert "no night has been compared with it yet" in text
    assert "inspect-eval nightly" in text
