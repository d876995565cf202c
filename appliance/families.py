"""What the `models` commands do: choose a family, verify it on this node's runtime."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.audit.order import site_family
from appliance.engines.cpu import CpuSpec
from appliance.site import load_site
from models.family import load_family
from models.types import Family, Member
from models.verify import Finding, verify


def chosen_family(folder: Path | None, site: Path, *, check_hashes: bool = True) -> Family:
    """The family in `folder` (or the family.toml it names), or the site's. Raises ModelError or UsageError."""
    return load_family(folder, verify=check_hashes) if folder else site_family(load_site(site), verify=check_hashes)


def verify_family(folder: Path | None, site: Path) -> list[Finding]:
    """Hashes, intake, card against model, counts, and reference scores where the family gives them."""
    return verify(chosen_family(folder, site, check_hashes=False), _run)


def _run(member: Member, batch: NDArray[np.generic]) -> NDArray[np.float32]:
    return CpuSpec().open(member).run(batch)
