"""What the `models` commands do: choose a family, verify it on this node's runtime."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.audit.order import site_family
from appliance.engines.cpu import CpuSpec
from appliance.errors import UsageError
from appliance.fit import fit_cards
from appliance.parts.guess import guess_layout, require_answers
from appliance.site import load_site
from models.card import draft_family, normalisations
from models.family import load_family, write_family
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


def draft_card(folder: Path, parts: Path | None, out: Path, *, force: bool = False) -> list[str]:
    """Write `out` with the cards of the family in `folder`; returns, in sentences, what was found and what is assumed.

    With labelled `parts` the scaling is the one that fits them. Raises UsageError where `out` is there already
    (unless `force`), ModelError for a model that is refused.
    """
    if out.exists() and not force:
        raise UsageError("there is a card file already", file=str(out), mend="name another with --out, or use --force")
    family, questions = draft_family(folder)
    said = [f"family {family.name}: {', '.join(member.name for member in family.members)}"]
    open_questions = [q for q in questions if parts is None or q.key not in ("normalisation", "ok_class")]
    if parts is not None:
        channels = 1 if family.members[0].card.colour == "GRAY" else 3
        fit = fit_cards(family, require_answers(guess_layout(parts)).parts, normalisations(channels))
        family = fit.family
        said += [*fit.taken, *fit.cautions]
    said += [f"assumed {q.key} = {q.default or 'nothing'}: {q.text} Correct it in the file" for q in open_questions]
    write_family(out, family)
    return [*said, f"wrote {out}"]
