"""The dashboard in Chromium: clicked through, by keyboard alone, without a script, at every size; axe-core looks on."""

import threading
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from shutil import which
from urllib.parse import quote, urlsplit

import pytest
import uvicorn
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from appliance.log.log import Log
from appliance.serve.app import make_app
from appliance.serve.desk import Desk
from appliance.serve.guard import allowed_hosts
from appliance.serve.server import Place, listen
from appliance.site import Site
from appliance.watch.alert_types import AlertState
from appliance.watch.alerts import alert
from tests.serve.conftest import copied
from tests.serve.sites import ATTACKS
from tests.serve.test_server import free_port

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
DRIVER = which("chromedriver")
pytestmark = pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="Chromium or its driver is not installed")

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
SIZES = {"hall": (1920, 1080), "desk": (1280, 800), "tablet": (820, 1180)}
PAGES = ("/", "/trends", "/night", "/member?name=m", "/condition?key=jpeg%4020", "PART", "/alerts", "/laws", "/sizing",
         "/decision", "/health", "/measured", "/night?run=none")  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT = 20


class Server:
    """A dashboard behind a real socket, in a thread of this process."""

    def __init__(self, folder: Path) -> None:
        port, self.folder = free_port(), folder
        self.base = f"http://localhost:{port}"
        self._socket = listen(Place("127.0.0.1", port))
        app = make_app(Desk(folder), allowed_hosts("127.0.0.1", port, ()))
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(WAIT)
        self._socket.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def served(audited: Site) -> Iterator[Server]:
    """The audited site over a copy of its log, which the tests below acknowledge in."""
    folder = audited.folder.parent / "served"
    folder.mkdir()
    server = Server(copied(audited, folder).folder)
    yield server
    server.stop()


def show(browser: webdriver.Chrome, size: str) -> None:
    width, height = SIZES[size]
    given = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", given)


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console says, but for a page that is not there, which was asked for."""
    return [line["message"] for line in browser.get_log("browser") if "status of 404" not in line["message"]]


def address(site: Site, page: str) -> str:
    if page != "PART":
        return page
    with Log.open_read(site.log_path) as log:
        return f"/part?id={quote(log.read_run('last').parts[0].id, safe='')}&condition=jpeg%4020"


def click(browser: webdriver.Chrome, element: WebElement) -> None:
    """Click and wait for the next page."""
    before = browser.find_element(By.TAG_NAME, "html")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()
    WebDriverWait(browser, WAIT).until(lambda b: b.find_element(By.TAG_NAME, "html") != before)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_axe_finds_nothing_on_any_page(
    browser: webdriver.Chrome, served: Server, audited: Site, language: str, theme: str
) -> None:
    """Contrast, names, order, landmarks: every rule of WCAG 2.2 AA that axe-core can judge."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    show(browser, "desk")
    browser.get(f"{served.base}/?lang={language}&theme={theme}")
    found = {}
    for page in PAGES:
        browser.get(served.base + address(audited, page))
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})  # the page's policy would refuse a script tag
        wanted = {"runOnly": {"type": "tag", "values": RULES}}
        result = browser.execute_async_script(
            "const done = arguments[1]; axe.run(document, arguments[0]).then(r => done(r.violations))", wanted
        )
        if result:
            found[page] = [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in result]
    assert found == {}


@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_their_screen(browser: webdriver.Chrome, served: Server, audited: Site, size: str) -> None:
    show(browser, size)
    for page in PAGES:
        browser.get(served.base + address(audited, page))
        wide, inside = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide <= inside, page
        assert complaints(browser) == []


def test_the_browser_does_report_complaints(browser: webdriver.Chrome, served: Server) -> None:
    """Or the tests above are blind."""
    browser.get(served.base + "/health")
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    assert browser.execute_script("return window.ran") is None
    assert any("Content Security Policy" in line for line in complaints(browser))


def test_the_state_carries_across_a_hall(browser: webdriver.Chrome, served: Server) -> None:
    """1920 x 1080: the sentence is at least 60 px high, all of state, reason and tiles above the fold."""
    show(browser, "hall")
    browser.get(served.base + "/?lang=en&theme=dark")
    heading = browser.find_element(By.CSS_SELECTOR, ".banner h1")
    assert float(heading.value_of_css_property("font-size").removesuffix("px")) >= 60
    assert float(browser.find_element(By.CSS_SELECTOR, ".banner .why").value_of_css_property("font-size")[:-2]) >= 28
    assert browser.find_element(By.CSS_SELECTOR, ".tiles").rect["y"] < 600
    bottom = browser.find_element(By.CSS_SELECTOR, ".tiles").rect
    assert bottom["y"] + bottom["height"] <= 1080
    sign = browser.find_element(By.CSS_SELECTOR, ".banner .light").text
    assert sign in ("green", "amber", "red", "unknown")


def test_why_is_three_clicks_away(browser: webdriver.Chrome, served: Server) -> None:
    """Now, a size, its worst condition, a part: pictures load and each size's verdict stands beside them."""
    show(browser, "desk")
    browser.get(served.base + "/?lang=en&theme=light")
    click(browser, browser.find_element(By.LINK_TEXT, "m"))
    click(browser, browser.find_element(By.CSS_SELECTOR, 'td a[href^="/condition"]'))
    assert pictures(browser) >= 2
    click(browser, browser.find_element(By.CSS_SELECTOR, ".shelf li:last-child a"))
    assert urlsplit(browser.current_url).path == "/part"
    assert pictures(browser) == 2
    verdicts = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert len(verdicts) == 3
    assert all("right" in row or "wrong" in row for row in verdicts)
    assert complaints(browser) == []


def pictures(browser: webdriver.Chrome) -> int:
    """Pictures that were loaded and drawn; waits for those under way."""
    script = "return [...document.images].map(i => i.complete ? i.naturalWidth : -1)"
    WebDriverWait(browser, WAIT).until(lambda b: -1 not in b.execute_script(script))
    return sum(width > 0 for width in browser.execute_script(script))


def test_an_alert_is_acknowledged(browser: webdriver.Chrome, served: Server) -> None:
    browser.get(served.base + "/alerts?lang=en")
    form = browser.find_element(By.CSS_SELECTOR, ".alert form")
    number = int(form.find_element(By.NAME, "number").get_attribute("value") or 0)
    form.find_element(By.NAME, "by").send_keys("Sato")
    form.find_element(By.NAME, "note").send_keys("camera cleaned")
    click(browser, form.find_element(By.TAG_NAME, "button"))
    assert urlsplit(browser.current_url).path == "/alerts"
    with Log.open_read(served.folder / "log.db") as log:
        assert alert(log, number).state is AlertState.ACKED
    text = browser.find_element(By.ID, f"alert-{number}").text
    assert "taken by Sato" in text
    assert "camera cleaned" in text


def test_a_name_is_asked_for_before_anything_is_sent(browser: webdriver.Chrome, served: Server) -> None:
    browser.get(served.base + "/alerts?lang=en")
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, ".alert form button").click()
    time.sleep(0.3)
    assert browser.find_element(By.TAG_NAME, "html") == before


def test_the_keyboard_reaches_everything_and_is_seen(browser: webdriver.Chrome, served: Server) -> None:
    """Tab goes through every link of the first page in its order, each with a visible outline; Enter follows it."""
    show(browser, "desk")
    browser.get(served.base + "/?lang=en")
    wanted = len(browser.find_elements(By.CSS_SELECTOR, "a[href]"))
    seen = []
    for _ in range(wanted):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = browser.switch_to.active_element
        seen.append((focused.text or focused.get_attribute("href"), focused.value_of_css_property("outline-style")))
    assert seen[0][0] == "To the content"
    assert all(style not in ("none", "") for _, style in seen), seen
    browser.get(served.base + "/?lang=en")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") == "main"


def test_pages_are_whole_without_a_script(browser: webdriver.Chrome, served: Server) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(served.base + "/")
        assert browser.find_element(By.CSS_SELECTOR, ".banner h1").is_displayed()
        assert len(browser.find_elements(By.CSS_SELECTOR, ".tile")) == 3
        browser.get(served.base + "/trends")
        assert browser.find_element(By.CSS_SELECTOR, "svg.trend").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_script_is_small_and_our_own(served: Server) -> None:
    script = files("appliance.serve").joinpath("static/dashboard.js").read_bytes()
    assert len(script) < 4096
    assert b"http" not in script.replace(b"https", b"http").replace(b"// ", b"")


def test_a_display_that_lost_its_server_says_so(browser: webdriver.Chrome, own: Site) -> None:
    """A hall screen must not go on showing green when nobody answers."""
    server = Server(own.folder)
    browser.get(server.base + "/?lang=en")
    assert not browser.find_element(By.CSS_SELECTOR, ".lost").is_displayed()
    server.stop()
    browser.execute_script("document.dispatchEvent(new Event('refresh'))")
    WebDriverWait(browser, WAIT).until(lambda b: b.find_element(By.CSS_SELECTOR, ".lost").is_displayed())
    assert "what is shown is old" in browser.find_element(By.CSS_SELECTOR, ".lost").text
    browser.get_log("browser")


def test_a_display_shows_what_is_new(browser: webdriver.Chrome, own: Site) -> None:
    server = Server(own.folder)
    try:
        browser.get(server.base + "/?lang=en")
        before = browser.find_element(By.CSS_SELECTOR, ".when").text
        with Log.open(own.log_path) as log:
            log.connection.execute("UPDATE alerts SET state = 'closed'")
        browser.execute_script("document.dispatchEvent(new Event('refresh'))")
        shown = "return document.querySelector('.when').innerText"
        WebDriverWait(browser, WAIT).until(lambda b: b.execute_script(shown) != before)
        assert "Open alerts 0" in browser.execute_script(shown)
    finally:
        server.stop()


HOSTILE = ("/", "/night", "/alerts", "/health", "/measured", "/condition?key=defocus%401", "/trends")


def test_hostile_names_run_nothing(browser: webdriver.Chrome, hostile: Site) -> None:
    server = Server(hostile.folder)
    try:
        for page in (*HOSTILE, *(f"/member?name={quote(name, safe='')}" for name in ATTACKS)):
            browser.get(server.base + page)
            assert browser.execute_script("return window.hostile") is None, page
            assert urlsplit(browser.current_url).netloc == urlsplit(server.base).netloc
            loaded = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
            assert all(name.startswith(server.base) for name in loaded), page
        assert [line for line in complaints(browser) if "picture" not in line] == []
    finally:
        server.stop()
