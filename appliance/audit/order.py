"""From a site to an order: read the parts, the family and the suite, and refuse what would waste the night."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.audit.fence import fence_mb
from appliance.audit.plan import Plan, chunk_parts
from appliance.audit.run import Order
from appliance.conditions import site_conditions
from appliance.engines.machine import cores
from appliance.engines.prepare import device_batch, most_processes, require_ready, served
from appliance.engines.select import engine_spec
from appliance.engines.types import EngineSpec
from appliance.errors import InputRefused
from appliance.language.tongue import filled
from appliance.log.types import PartRow, Warn
from appliance.own import know_site, own_tables, site_camera, try_own
from appliance.parts.decode import Header, read_header
from appliance.parts.manifest import check_manifest
from appliance.parts.read import read_parts
from appliance.parts.review import near_warnings, review_site
from appliance.parts.types import LeftOut, Part, Verdict
from appliance.site import Site, config_digest, limits_digest, recorded
from models.family import load_family
from models.types import Family


@dataclass(frozen=True)
class Wish:
    """What a command line changes of the site's own settings; None keeps them."""

    suite: str | None = None
    seed: int | None = None
    workers: int | None = None
    provider: str | None = None
    repeats: int | None = None


def make_order(site: Site, wish: Wish | None = None) -> Order:
    """Everything an audit needs, checked: pictures hashed against the manifest, models against their sha256.

    Raises InputRefused or UsageError naming the file and the fix. A bad picture is not an error: it is left out
    with a warning that names it.
    """
    wish = wish or Wish()
    spec = engine_spec(site, provider=wish.provider)
    require_ready(spec)
    family = site_family(site)
    members, unserved = served(spec, family.members)
    parts, rows, left_out = usable_parts(site)
    camera = site_camera(site)
    know_site(site)
    try_own(site, parts, camera)
    colour = all(row.channels == 3 for row in rows)
    plan = Plan(
        parts=parts,
        members=members,
        conditions=site_conditions(site, wish.suite, colour=colour),
        task=site.task.kind,
        seed=site.audit.seed if wish.seed is None else wish.seed,
        camera=camera,
        bits=site.bits,
        own=own_tables(site),
        repeats=site.audit.repeats if wish.repeats is None else wish.repeats,
        spec=spec,
        chunk=min(site.audit.chunk, chunk_parts(members)),
        store_bytes=site.audit.cache_mb << 20,
        batch=device_batch(spec),
        memory_mb=fence_mb(site.audit.worker_memory_mb, worker_count(site, wish, spec), spec.setting.provider),
    )
    return Order(
        plan=plan,
        parts=rows,
        family=family.name,
        parts_root=str(site.parts_path),
        suite=wish.suite or ("own" if site.audit.conditions else site.audit.suite),
        config=recorded(site),
        config_digest=config_digest(site),
        limits={name: value for name, value in site.limits.model_dump().items() if value is not None},
        limits_digest=limits_digest(site),
        workers=worker_count(site, wish, spec),
        cache=site.cache,
        warnings=(
            *(
                Warn("config", filled("{name} is left out: {what}", name=name, what=what), str(site.card_path), mend)
                for name, what, mend in unserved
            ),
            *_warnings(site, left_out),
        ),
    )


def check_wish(site: Site, wish: Wish) -> None:
    """Raise UsageError or PerturbError for a suite, condition or provider that cannot be, before anything is read."""
    engine_spec(site, provider=wish.provider)
    know_site(site)
    site_conditions(site, wish.suite, colour=True)


def _warnings(site: Site, left_out: Sequence[LeftOut]) -> tuple[Warn, ...]:
    """What a person should know before reading the scores: parts left out, twins, a missing manifest."""
    lost = [Warn("part", item.what, item.id, item.mend) for item in left_out]
    if not site.manifest_path.exists():
        what = filled("no manifest: a changed picture would not be noticed")
        mend = filled("write one with `inspect-eval init --refresh`")
        lost.append(Warn("config", what, str(site.manifest_path), mend))
    return (*lost, *near_warnings(review_site(site)))


def site_family(site: Site, *, verify: bool = True) -> Family:
    """The site's family, every file's sha256 checked unless `verify` is False. Raises ModelError."""
    return load_family(site.card_path if site.card_path.is_file() else site.family_path, verify=verify)


def worker_count(site: Site, wish: Wish, spec: EngineSpec) -> int:
    """Processes to start: asked for, or one a core; on a GPU no more than its free memory has room for."""
    asked = site.audit.workers if wish.workers is None else wish.workers
    return asked or min(cores(), most_processes(spec))


def usable_parts(site: Site) -> tuple[tuple[Part, ...], tuple[PartRow, ...], tuple[LeftOut, ...]]:
    """Parts whose header reads and whose bytes are the manifest's; the others are left out by name."""
    checked = check_manifest(site, read_parts(site))
    parts, rows, left_out = [], [], list(checked.left_out)
    for part in checked.parts:
        try:
            header = read_header(part.path)
        except InputRefused as error:
            left_out.append(LeftOut(part.id, error.what, error.mend))
            continue
        parts.append(part)
        rows.append(_row(part, header, checked.sha256[part.id]))
    _refuse_one_sided(site.parts_path, rows)
    return tuple(parts), tuple(rows), tuple(left_out)


def _row(part: Part, header: Header, sha256: str) -> PartRow:
    return PartRow(
        id=part.id,
        sha256=sha256,
        ng=part.label.verdict is Verdict.NG,
        cls=part.label.cls,
        group=part.group,
        width=header.width,
        height=header.height,
        channels=header.channels,
        bits=header.bits,
    )


def _refuse_one_sided(folder: Path, rows: Sequence[PartRow]) -> None:
    ng = sum(row.ng for row in rows)
    if ng and ng < len(rows):
        return
    missing = Verdict.OK if ng else Verdict.NG
    raise InputRefused(
        f"{len(rows)} usable parts and not one of them is {missing}",
        file=str(folder),
        mend="name the folders of both in [parts] of site.toml",
    )
