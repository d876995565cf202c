"""Sites made once for all tests of the dashboard; what changes a log takes a copy."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.log.maintain import backup
from appliance.site import Site, load_site
from tests.serve import sites
from tests.serve.asking import Client


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sites.audited(tmp_path_factory.mktemp("audited"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sites.hostile(tmp_path_factory.mktemp("hostile") / "site")


@pytest.fixture(scope="session")
def client(audited: Site) -> Client:
    return Client(audited.folder)


@pytest.fixture
def own(audited: Site) -> Iterator[Site]:
    """The audited site with a log of its own to write to, beside the first: its paths are relative."""
    folder = Path(tempfile.mkdtemp(prefix="own-", dir=audited.folder.parent))
    yield copied(audited, folder)
    shutil.rmtree(folder)


def copied(site: Site, folder: Path) -> Site:
    """A copy of a site's own files in `folder`, and of its log by the backup API."""
    for file in site.folder.iterdir():
        if file.is_file() and not file.name.startswith("log.db"):
            shutil.copy(file, folder / file.name)
    shutil.copytree(site.reports, folder / "reports")
    backup(site.log_path, folder / "log.db")
    return load_site(folder)
