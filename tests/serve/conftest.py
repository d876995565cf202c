"""Sites made once for all tests of the dashboard; what changes a log takes a copy."""

import shutil
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
def own(audited: Site, tmp_path: Path) -> Site:
    """A copy of the audited site's folder, with a log of its own to write to."""
    folder = tmp_path / "site"
    folder.mkdir()
    for file in audited.folder.iterdir():
        if file.is_file() and not file.name.startswith("log.db"):
            shutil.copy(file, folder / file.name)
    backup(audited.log_path, folder / "log.db")
    return load_site(folder)
