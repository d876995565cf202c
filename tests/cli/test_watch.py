"""`nightly`, `baseline`, `alerts`, `log` and `install-units` as they are typed."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.log.log import Log
from appliance.log.maintain import backup
from appliance.site import Site
from appliance.watch.alert_types import Found, Severity
from appliance.watch.alerts import record
from tests.cli.sites import write_whole_site

COMMANDS = (
    ("nightly",),
    ("install-units",),
    ("baseline", "set"),
    ("baseline", "show"),
    ("alerts", "list"),
    ("alerts", "ack"),
    ("alerts", "close"),
    ("alerts", "deliver"),
    ("log", "check"),
    ("log", "backup"),
    ("log", "restore"),
    ("log", "prune"),
    ("log", "export"),
)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site after one night."""
    site = write_whole_site(tmp_path_factory.mktemp("site"), nightly={"cost": False})
    assert run(["nightly", "--site", str(site.folder)]) == Exit.OK
    return site


@pytest.fixture
def copy(audited: Site, tmp_path: Path) -> Site:
    """The same site, to change."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "site.toml").write_text(audited.file.read_text())
    backup(audited.log_path, folder / "log.db")
    return Site(folder=folder)


def say(capsys: pytest.CaptureFixture[str], *arguments: str, site: Site, code: Exit = Exit.OK) -> str:
    capsys.readouterr()
    assert run([*arguments, "--site", str(site.folder)]) == code
    said = capsys.readouterr()
    return said.out if code in (Exit.OK, Exit.BREACH, Exit.WARNINGS) else said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == Exit.OK
    shown = "".join(capsys.readouterr().out.split())  # wrapped anywhere
    assert "Example:inspect-eval" + "".join(command) in shown


def test_nightly_says_the_night_and_the_verdict(audited: Site, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(say(capsys, "nightly", "--json", site=audited))
    assert document["message"].startswith("night 2: 9 of 9 cells covered")
    assert document["exit_code"] == Exit.OK


def test_baseline_set_and_show(copy: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert "by inspect-eval  set by the first night" in say(capsys, "baseline", "show", site=copy)
    say(capsys, "baseline", "set", "last", "--note", "new lamp", "--by", "Ada", site=copy)
    shown = json.loads(say(capsys, "baseline", "show", "--json", site=copy))
    assert [(choice["who"], choice["note"]) for choice in shown] == [
        ("Ada", "new lamp"),
        ("inspect-eval", "set by the first night"),
    ]
    assert "no run 'x'" in say(capsys, "baseline", "set", "x", site=copy, code=Exit.USAGE)


def test_alerts_from_open_to_closed(copy: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert say(capsys, "alerts", "list", site=copy) == "no alert\n"
    with Log.open(copy.log_path) as log:
        record(log, [Found("drift", "s", "clean", Severity.WARNING, "it\nrose", owner="Bo")], (), at="t0")
    listed = say(capsys, "alerts", "list", site=copy, code=Exit.BREACH)
    assert "   1  warning   open    it rose\n" in listed
    assert "since t0, seen on 1 night, Bo" in listed
    say(capsys, "alerts", "ack", "1", "--note", "lamp ordered", "--by", "Ada", site=copy)
    assert "Ada acked: lamp ordered" in say(capsys, "alerts", "list", site=copy)
    assert "no alert 7" in say(capsys, "alerts", "ack", "7", site=copy, code=Exit.USAGE)
    assert "Missing option '--note'" in say(capsys, "alerts", "close", "1", site=copy, code=Exit.USAGE)
    say(capsys, "alerts", "close", "1", "--note", "changed", "--by", "Ada", site=copy)
    assert say(capsys, "alerts", "list", site=copy) == "no alert\n"
    (closed,) = json.loads(say(capsys, "alerts", "list", "--all", "--json", site=copy))
    assert [note["action"] for note in closed["notes"]] == ["opened", "acked", "closed"]


def test_nothing_to_deliver(copy: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert say(capsys, "alerts", "deliver", site=copy) == "0 sent, 0 to be tried again, 0 given up\n"


def test_log_check(copy: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert "sound (quick look" in say(capsys, "log", "check", site=copy)
    assert json.loads(say(capsys, "log", "check", "--full", "--json", site=copy))["findings"] == []
    data = bytearray(copy.log_path.read_bytes())
    data[4096:] = b"\0" * (len(data) - 4096)
    copy.log_path.write_bytes(data)
    capsys.readouterr()
    assert run(["log", "check", "--site", str(copy.folder)]) == Exit.INPUT
    assert "log restore" in capsys.readouterr().out


def test_log_backup_and_restore(copy: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "log", "backup", str(tmp_path / "b.db"), site=copy)
    assert "backups/log-" in say(capsys, "log", "backup", site=copy)
    with Log.open(copy.log_path) as log:
        log.connection.execute("DELETE FROM runs")
    told = say(capsys, "log", "restore", str(tmp_path / "b.db"), site=copy)
    assert "the log that was is" in told
    with Log.open_read(copy.log_path) as log:
        assert log.runs()
    assert "there is no log" in say(capsys, "log", "restore", "none.db", site=copy, code=Exit.INPUT)


def test_log_prune_only_says_what_would_go(copy: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with Log.open(copy.log_path) as log:
        names = ", ".join(row[1] for row in log.connection.execute("PRAGMA table_info(runs)") if row[1] != "number")
        taken = names.replace("run,", "'old',", 1)
        log.connection.execute(f"INSERT INTO runs ({names}) SELECT {taken} FROM runs LIMIT 1")
        log.connection.execute("UPDATE runs SET number = number + 10 WHERE run <> 'old'")
        log.connection.execute("UPDATE runs SET number = 1, started = '2020-01-01T00:00:00+00:00' WHERE run = 'old'")
    arguments = ("log", "prune", "--runs", "1", "--days", "1")
    assert say(capsys, *arguments, "--dry-run", site=copy) == "old\n1 run would go\n"
    assert say(capsys, *arguments, site=copy) == "old\n1 run deleted\n"
    assert say(capsys, *arguments, site=copy) == "0 runs deleted\n"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_log_export(copy: Site, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("log", "export", str(tmp_path / "out"), "--format", kind, "--outcomes")
    say(capsys, *arguments, site=copy)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"runs.{kind}", f"outcomes.{kind}", f"alerts.{kind}", "dictionary.csv"} <= names
    if kind == "csv":
        night, reading = ((tmp_path / "out" / f"{t}.csv").read_text().splitlines() for t in ("nights", "readings"))
        assert night[0].startswith("run,night,started,ended,state")
        assert ",done," in night[1]
        assert len(reading) == 1 + (len(night) - 2) * 12  # 3 members x (3 conditions + their mean), but the baseline
    assert "is there already" in say(capsys, *arguments, site=copy, code=Exit.USAGE)


def test_without_a_log_every_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.toml").touch()
    here = Site(folder=tmp_path)
    for command in (("alerts", "list"), ("baseline", "show"), ("log", "check"), ("alerts", "deliver")):
        assert "no audit has been run here yet" in say(capsys, *command, site=here, code=Exit.INPUT)


def test_install_units_says_what_comes_next(copy: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "install-units", "--root", str(tmp_path), site=copy, code=Exit.USAGE)
    assert "move the site" in said  # units have a /tmp of their own
