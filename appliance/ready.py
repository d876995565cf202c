"""Before the long work: engines built, and each member held against the CPU wherever it is computed otherwise."""

from dataclasses import replace
from typing import Any

from appliance.audit.order import Wish, make_order, site_family
from appliance.audit.run import Order
from appliance.engines.cache import Say
from appliance.engines.prepare import prepare
from appliance.engines.progress import tell
from appliance.engines.types import EngineSpec
from appliance.equivalence import clean_pictures, compare_apart, gated
from appliance.errors import InspectError
from appliance.language.tongue import filled
from appliance.log.types import Warn
from appliance.parts.read import read_parts
from appliance.site import Site
from models.types import Family

GATE_PARTS = 128
"""Clean parts that a member is tried on before a run; `models convert` takes more."""


def ready_order(site: Site, wish: Wish | None = None, say: Say = tell) -> Order:
    """An order whose engines are built and held against the CPU; what the runtime changes is said and kept.

    Raises what `make_order` raises, and what the engines do.
    """
    order = make_order(site, wish)
    plan = order.plan
    built = prepare(plan.spec, plan.members)
    pairs = gated(plan.members, site_family(site, verify=False).members, plan.spec)
    if not pairs:
        return order
    found = compare_apart(pairs, plan.spec, clean_pictures(plan.parts, plan.bits, GATE_PARTS), plan.task)
    for one in found:
        say(one.line())
    changed = [
        Warn("machine", one.line(), mend=filled("audit both and compare the runs")) for one in found if not one.holds
    ]
    kept: dict[str, Any] = {"equivalence": {one.member: one.told() for one in found}}
    kept |= {"built": built} if built else {}
    return replace(order, warnings=(*order.warnings, *changed), environment=kept)


def gate_family(site: Site, family: Family, spec: EngineSpec, say: Say = tell) -> None:
    """Say how the answers of `family` on `spec` stand to the CPU's, member by member, before a speed is quoted.

    A member that cannot run there is passed over: whoever measures it names it.
    """
    pairs = gated(family.members, site_family(site, verify=False).members, spec)
    pictures = clean_pictures(read_parts(site).parts, site.bits, GATE_PARTS) if pairs else []
    for pair in pairs:
        try:
            prepare(spec, (pair[1],))
            say(compare_apart([pair], spec, pictures, site.task.kind)[0].line())
        except InspectError as error:
            say(f"{pair[1].name} is not held against the CPU: {error.what}")
