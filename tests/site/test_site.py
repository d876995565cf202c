"""site.toml is parsed once: defaults, digests, and one line for every mistake."""

from pathlib import Path

import pytest

from appliance.errors import Exit, UsageError
from appliance.sections.audit import AskedCondition
from appliance.site import Site, config_digest, limits_digest, load_site, parse_site
from appliance.site_file import site_toml, write_site


def site(text: str = "") -> Site:
    """A site from the text of its file."""
    return parse_site(text, Path("/plant/press-4"))


def test_an_empty_file_is_all_defaults() -> None:
    here = site()
    assert here.name == "press-4"
    assert (here.limits.escape_rate, here.limits.overkill_rate) == (0.02, 0.05)
    assert (here.line.takt_s, here.audit.suite, here.bits) == (1.0, "default", None)


def test_paths_start_at_the_site_folder() -> None:
    here = site('[parts]\npath = "../pictures"\n[family]\npath = "/srv/models"\n')
    assert here.parts_path == Path("/plant/press-4/../pictures")
    assert here.family_path == Path("/srv/models")
    assert here.card_path == Path("/plant/press-4/family.toml")
    assert here.log_path == Path("/plant/press-4/log.db")
    assert (here.reports.name, here.cache.name, here.file.name) == ("reports", "cache", "site.toml")


def test_values_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        site().line.takt_s = 2.0  # type: ignore[misc]  # that it cannot be is the point


def test_a_limit_can_be_none() -> None:
    assert site('[limits]\nescape_rate = "none"\n').limits.escape_rate is None


def test_conditions_are_asked_for_by_name() -> None:
    asked = site('[audit]\nconditions = [{name = "defocus", severity = 1}]\n').audit.conditions
    assert asked == (AskedCondition(name="defocus", severity=1.0),)


MISTAKES = {
    "[limit]\nescape_rate = 0.1\n": "unknown key limit (did you mean limits?)",
    '[parts]\nlayuot = "csv"\n': "unknown key parts.layuot (did you mean layout?)",
    "[parts.masks]\nfolder = []\n": "unknown key parts.masks.folder (did you mean folders?)",
    '[[audit.conditions]]\nname = "x"\nseverety = 1\n': "unknown key audit.conditions.0.severety (did you mean",
    '[[audit.conditions]]\nname = "x"\n': "audit.conditions.0.severity is missing (add it)",
    "[audit]\nqqq = 1\n": "unknown key audit.qqq (known here: suite, seed, workers",
    '[line]\ntakt_s = "fast"\n': "line.takt_s = 'fast': input should be a valid number",
    "[line]\ntakt_s = 0\n": "line.takt_s = 0: input should be greater than 0",
    "[line]\ntakt_s = inf\n": "line.takt_s = inf: input should be a finite number",
    "[line]\ntakt_s = 0.2\njitter_ms = 100.0\n": "line.jitter_ms = 100.0: parts would overtake each other",
    "[line]\ncameras = 0\n": "line.cameras = 0: input should be greater than or equal to 1",
    "[limits]\nescape_rate = 2\n": "limits.escape_rate = 2: input should be less than or equal to 1",
    "[audit]\nseed = true\n": "audit.seed = True: input should be a valid integer",
    '[parts]\nlayout = "heap"\n': "parts.layout = 'heap': input should be 'folders'",
    '[parts]\ngroup = "("\n': "parts.group = '(': '(' is not a regular expression",
    '[camera]\ntransfer = "gamma=0.0"\n': "camera.transfer = 'gamma=0.0': use linear, srgb or gamma=2.2",
    "[camera]\nbits = 7\n": "camera.bits = 7: use 8 to 16",
    "parts = 3\n": "parts must be a section (write [parts] with its keys below)",
    'folder = "x"\n': "folder is not a key (take it out)",
    "[parts\n": "not valid TOML",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_one_line_with_file_key_and_fix(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        site(text)
    line = str(caught.value)
    assert line.startswith(f"/plant/press-4/site.toml: {MISTAKES[text]}")
    assert "\n" not in line
    assert caught.value.mend
    assert caught.value.code is Exit.USAGE


def test_no_site_here(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no site here .*inspect-eval init"):
        load_site(tmp_path)


def test_a_site_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_site(tmp_path)


def test_digests_tell_configuration_from_limits() -> None:
    plain, limited, seeded = site(), site("[limits]\nescape_rate = 0.1\n"), site("[audit]\nseed = 2\n")
    assert config_digest(plain) == config_digest(limited) != config_digest(seeded)
    assert limits_digest(plain) == limits_digest(seeded) != limits_digest(limited)
    assert config_digest(plain) == config_digest(site("[audit]\nseed = 1\n"))
    assert config_digest(plain) == config_digest(parse_site("", Path("/elsewhere")))
    assert config_digest(plain) == config_digest(
        site("[prices]\nelectricity_per_kwh = 0.3\n[sizing]\nlate_ppm = 5.0\n")
    )


FOUND = {
    "parts": {"path": "../parts", "ok": ("good", 'a "b" #c'), "masks": {"folders": ("gt",), "defect": "black"}},
    "limits": {"escape_rate": None},
    "camera": {"bits": 12},
}


def test_what_is_written_is_what_is_read() -> None:
    here = site(site_toml(FOUND))
    assert here.parts.ok == ("good", 'a "b" #c')
    assert (here.parts.masks.folders, here.parts.masks.defect) == (("gt",), "black")
    assert (here.limits.escape_rate, here.limits.overkill_rate, here.camera.bits) == (None, 0.05, 12)


def test_every_default_stands_there_commented_out_and_means_the_same() -> None:
    text, mark, example = site_toml({}, {"parts.ok": "not shown behind a default"}).partition("# [[perturbations]]")
    assert "# takt_s = 1.0  # seconds per part that the line allows" in text
    assert "not shown" not in text
    live = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines()[1:])
    assert site(live) == site()
    keys = {line.removeprefix("# ").split(" = ")[0] for line in text.splitlines()[1:] if " = " in line}
    assert keys >= {"name", "path", "layout", "kind", "transfer", "escape_rate", "suite", "seconds_per_member"}
    own = "\n".join(line.removeprefix("# ") for line in f"{mark}{example}".splitlines())
    assert [item.name for item in site(f"{live}\n{own}").perturbations] == ["our-night", "steam"]


def test_a_note_tells_how_a_value_was_found() -> None:
    assert 'ok = ["a"] # 240 parts' in site_toml({"parts": {"ok": ["a"]}}, {"parts.ok": "240 parts"})


def test_a_site_is_not_overwritten(tmp_path: Path) -> None:
    written = write_site(tmp_path / "site", FOUND)
    assert load_site(tmp_path / "site") == written
    with pytest.raises(UsageError, match="a site here already"):
        write_site(tmp_path / "site", {})
    assert write_site(tmp_path / "site", {}, replace=True).parts.ok == ()
