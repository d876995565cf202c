"""The page in Chromium: it loads without a complaint, fits a phone, and hostile names do nothing."""

import re
import shutil
import subprocess
from html import escape
from pathlib import Path

import pytest

from appliance.report.html import report_html, write_report
from appliance.score.summary_types import Summary
from tests.report import build, hostile
from tests.report.test_html import SECTIONS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr",
)  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def load(file: Path, profile: Path) -> tuple[str, list[str]]:
    """The page after loading, and what the console says."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode(), [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]


def measure(summary: Summary, width: int, folder: Path) -> dict[str, str]:
    """Facts of the page in a frame `width` wide. Without its policy: escaping alone must hold, and we must measure."""
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", report_html(summary))
    script = (
        "const page = frames[0].document, root = page.documentElement;"
        "document.body.dataset.inside = root.scrollWidth;"
        "document.body.dataset.wide = [...page.querySelectorAll('body *')].filter(e => !e.closest('.scroll')"
        " && !e.closest('.heat') && !e.closest('.unseen') && e.getBoundingClientRect().right > root.clientWidth + 1)"
        ".map(e => e.tagName + '.' + e.getAttribute('class')).join(' ');"
        "document.body.dataset.title = page.title;"
        "document.body.dataset.hostile = String(frames[0].hostile);"
    )
    frame = f'<iframe srcdoc="{escape(html)}" width="{width}" height="800" onload="measure()"></iframe>'
    wrapper = folder / "wrapper.html"
    wrapper.write_text(f"<meta charset=utf-8><body><script>function measure() {{{script}}}</script>{frame}", "utf-8")
    dom, _ = load(wrapper, folder / "profile")
    body = re.search(r"<body[^>]*>", dom)
    assert body is not None
    return dict(re.findall(r'data-(\w+)="([^"]*)"', body.group()))


def test_page_loads_without_a_complaint(tmp_path: Path) -> None:
    write_report(build.summary(), tmp_path / "report.html")
    dom, console = load(tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    assert [anchor for anchor in SECTIONS if f'<section id="{anchor}"' not in dom] == []


def test_the_browser_does_report_complaints(tmp_path: Path) -> None:
    """Or the test above is blind."""
    html = report_html(build.only_clean()).replace("</main>", '<p style="color: red">x</p></main>')
    (tmp_path / "report.html").write_text(html, "utf-8")
    _, console = load(tmp_path / "report.html", tmp_path / "profile")
    assert any("Content Security Policy" in line for line in console)


@pytest.mark.parametrize("width", [360, 768])
def test_page_fits_its_width(width: int, tmp_path: Path) -> None:
    facts = measure(build.summary(), width, tmp_path)
    assert facts["wide"] == ""
    assert int(facts["inside"]) <= width


def test_hostile_names_do_nothing_in_a_browser(tmp_path: Path) -> None:
    facts = measure(hostile.summary(), 390, tmp_path)
    assert facts["hostile"] == "undefined"
    assert facts["title"].startswith("Inspection audit of ")
    assert facts["wide"] == ""
