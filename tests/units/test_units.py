"""The units as installed: systemd finds nothing wrong with them, and they expose as little as they must."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.errors import UsageError
from appliance.site import Site, parse_site
from appliance.units import Wanted, install_units, slug

HOUSE = Path(__file__).resolve().parents[2]
SITE = Path("/srv/line-3")

TENTHS = {"nightly": 5, "nightly-gpu": 8, "dashboard": 12, "deliver": 14, "failed": 5, "incoming": 5}
"""The most that `systemd-analyze security` may say, in tenths."""


def site(text: str = "", folder: Path = SITE) -> Site:
    return parse_site(f'[site]\nname = "Line 3"\n[nightly]\nincoming = "incoming"\nat = "03:30"\n{text}', folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    install_units(site(), Wanted(root, gpu=True))
    folder = root / "etc/systemd/system"
    gpu = folder / "inspect-eval-line-3-nightly.service"
    gpu.rename(folder / "inspect-eval-line-3-nightly-gpu.service")
    install_units(site(), Wanted(root))
    return folder


def test_systemd_finds_nothing_wrong_with_them(installed: Path) -> None:
    units = sorted(str(path) for path in installed.iterdir())
    assert len(units) == 9
    found = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize(("name", "tenths"), TENTHS.items())
def test_exposure(installed: Path, name: str, tenths: int) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={tenths}"]
    unit = installed / f"inspect-eval-line-3-{name}.service"
    found = subprocess.run([*command, unit], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-300:]


def test_a_threshold_below_what_they_expose_fails(installed: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=1"]
    unit = installed / "inspect-eval-line-3-nightly.service"
    assert subprocess.run([*command, unit], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("name", ["nightly", "nightly-gpu"])
def test_what_the_traps_ask_for(installed: Path, name: str) -> None:
    lines = (installed / f"inspect-eval-line-3-{name}.service").read_text().splitlines()
    for line in (
        "Type=oneshot",
        "SuccessExitStatus=1 5 130",
        "SystemCallErrorNumber=EPERM",
        "PrivateNetwork=yes",
        "TimeoutStartSec=50min",
        "OnFailure=inspect-eval-line-3-failed.service",
        "Environment=OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1",
        "ReadWritePaths=/srv/line-3",
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith(("WatchdogSec", "RuntimeMaxSec"))]


def test_only_delivery_and_the_dashboard_have_a_network(installed: Path) -> None:
    shut = {path.stem for path in installed.glob("*.service") if "PrivateNetwork=yes" in path.read_text()}
    every = {path.stem for path in installed.glob("*.service")}
    assert every - shut == {"inspect-eval-line-3-deliver", "inspect-eval-line-3-dashboard"}


def test_the_timer_starts_when_the_site_says(installed: Path) -> None:
    text = (installed / "inspect-eval-line-3-nightly.timer").read_text()
    assert "OnCalendar=*-*-* 03:30:00" in text
    assert "Persistent=yes" in text


def test_the_dashboard_is_watched(installed: Path) -> None:
    lines = (installed / "inspect-eval-line-3-dashboard.service").read_text().splitlines()
    assert {"Type=notify", "WatchdogSec=60", "NotifyAccess=main"} <= set(lines)


@pytest.mark.parametrize(("provider", "lines"), [("openvino", 0), ("tensorrt", 4), ("cpu", 0)])
def test_the_engine_decides_the_variant(tmp_path: Path, provider: str, lines: int) -> None:
    install_units(site(f'[engine]\nprovider = "{provider}"'), Wanted(tmp_path))
    text = (tmp_path / "etc/systemd/system/inspect-eval-line-3-nightly.service").read_text()
    assert text.count("DeviceAllow=char-nvidia") == lines
    assert ("MemoryDenyWriteExecute=yes" in text) == (provider == "cpu")


def test_no_placeholder_is_left(installed: Path) -> None:
    for path in installed.iterdir():
        assert not re.search("@[A-Z]+@", path.read_text()), path


def test_a_site_in_somebodys_home_is_bound_in(tmp_path: Path) -> None:
    home = Path("/home/ada/line")
    install_units(site(folder=home), Wanted(tmp_path))
    text = (tmp_path / "etc/systemd/system/inspect-eval-line-3-nightly.service").read_text()
    assert "BindPaths=/home/ada/line" in text
    assert "ReadWritePaths=/home/ada/line" in text


@pytest.mark.parametrize("folder", ["/srv/line 3", "/srv/50%", "/srv/a\nb", '/srv/"x"', "/tmp/line"])  # noqa: S108 - refused
def test_paths_that_units_cannot_carry_are_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(UsageError) as refused:
        install_units(site(folder=Path(folder)), Wanted(tmp_path))
    assert refused.value.mend
    assert not (tmp_path / "etc").exists()


def test_a_hostile_name_stays_a_description(tmp_path: Path) -> None:
    named = parse_site('[site]\nname = "x\\nExecStart=/bin/evil %n"', SITE)
    install_units(named, Wanted(tmp_path))
    (unit,) = (tmp_path / "etc/systemd/system").glob("*-failed.service")
    lines = unit.read_text().splitlines()
    assert [line for line in lines if "bin/evil" in line] == [
        "Description=inspect-eval: say that the night of x ExecStart=/bin/evil %%n failed"
    ]


@pytest.mark.parametrize(("name", "expected"), [("Line 3", "line-3"), ("ÄÖ", "site"), ("../../x", "x"), ("", "site")])
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_the_user_must_be_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no name for a system user"):
        install_units(site(), Wanted(tmp_path, user="root; rm"))


def test_an_installed_wheel_has_them(tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        HOUSE,
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "there")
    code = (
        "from pathlib import Path; from appliance.site import parse_site; from appliance.units import *;"
        f"print(len(install_units(parse_site('', Path('/srv/x')), Wanted(Path({str(tmp_path / 'root')!r}))).files))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "there")}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert found.stdout.strip() == "8"
