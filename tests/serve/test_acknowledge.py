"""The one thing that can be written: only from our own page, with its token, once, by name."""

import re

import pytest

from appliance.log.log import Log
from appliance.serve.pages.alerts import LARGEST
from appliance.site import Site
from appliance.watch.alert_types import AlertState
from appliance.watch.alerts import alert, alerts, close, notes
from tests.serve.asking import HOST, Client

FORM = {"by": "Sato", "note": "camera cleaned"}


def state(site: Site, number: int) -> AlertState:
    with Log.open_read(site.log_path) as log:
        return alert(log, number).state


def test_a_form_of_the_page_acknowledges_its_alert(own: Site) -> None:
    client = Client(own.folder)
    text = client.get("/alerts").text
    number = re.findall(r'name="number" value="(\d+)"', text)[0]
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    answer = client.post("/alerts/acknowledge", {**FORM, "token": token, "number": number},
                         origin=f"http://{HOST}", **{"sec-fetch-site": "same-origin"})  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    assert state(own, int(number)) is AlertState.ACKED
    with Log.open_read(own.log_path) as log:
        last = notes(log, int(number))[-1]
    assert (last.who, last.action, last.note) == ("Sato", "acked", "camera cleaned")
    assert "Sato" in client.get("/alerts").text


REFUSED = (
    ({"token": ""}, {}, 403),
    ({"token": "x" * 43}, {}, 403),
    ({"token": "\udcff".encode("utf-8", "surrogatepass").decode("latin-1")}, {}, 403),
    ({}, {"origin": "http://evil.example"}, 403),
    ({}, {"origin": "null"}, 403),
    ({}, {"origin": "http://localhost:9999"}, 403),
    ({}, {"sec-fetch-site": "cross-site"}, 403),
    ({}, {"sec-fetch-site": "same-site"}, 403),
    ({}, {"sec-fetch-site": "none"}, 403),
    ({"number": "0x1"}, {}, 400),
    ({"number": "-1"}, {}, 400),
    ({"number": "1; DROP TABLE alerts"}, {}, 400),
    ({"number": "9" * 40}, {}, 400),
    ({"number": "٣"}, {}, 400),
    ({"by": "   "}, {}, 400),
    ({"by": "n" * 81}, {}, 400),
    ({"number": "999999"}, {}, 409),
    ({"note": "n" * (LARGEST + 1)}, {}, 413),
)


@pytest.mark.parametrize(("changed", "headers", "status"), REFUSED)
def test_anything_else_changes_nothing(
    own: Site, changed: dict[str, str], headers: dict[str, str], status: int
) -> None:
    client = Client(own.folder)
    with Log.open_read(own.log_path) as log:
        before = alerts(log)
    form = {**FORM, "token": client.desk.token, "number": str(before[0].id)} | changed
    answer = client.post("/alerts/acknowledge", form, **headers)
    assert answer.status_code == status
    assert len(answer.text.splitlines()) == 1
    with Log.open_read(own.log_path) as log:
        assert alerts(log) == before


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"&" * 2000, b"token=" * 500, b"%zz=%zz", b"{}"])
def test_a_body_that_is_no_form_is_refused(own: Site, body: bytes) -> None:
    assert Client(own.folder).post("/alerts/acknowledge", body).status_code in (400, 403, 413)


def test_the_token_of_another_server_is_not_ours(own: Site) -> None:
    form = {**FORM, "token": Client(own.folder).desk.token, "number": "1"}
    assert Client(own.folder).post("/alerts/acknowledge", form).status_code == 403


def test_a_closed_alert_is_not_acknowledged(own: Site) -> None:
    client = Client(own.folder)
    with Log.open(own.log_path) as log:
        number = alerts(log)[0].id
        close(log, number, who="x", at="2026-11-25T00:00:00+00:00", note="done")
    answer = client.post("/alerts/acknowledge", {**FORM, "token": client.desk.token, "number": str(number)})
    assert answer.status_code == 409
    assert "closed already" in answer.text


def test_what_was_noted_stays_text(own: Site) -> None:
    client = Client(own.folder)
    with Log.open_read(own.log_path) as log:
        number = alerts(log)[0].id
    form = {"token": client.desk.token, "number": str(number), "by": "<script>1</script>", "note": "<img src=x>"}
    assert client.post("/alerts/acknowledge", form).status_code == 303
    text = client.get("/alerts").text
    assert "<script>1" not in text
    assert "&lt;script&gt;1" in text
