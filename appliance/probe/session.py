"""What the probe command does with a site: search under its lock, and read back what was found for the report."""

from appliance.engines.machine import cores
from appliance.engines.prepare import most_processes
from appliance.engines.select import engine_spec
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.probe.order import make_probe
from appliance.probe.run import Probed, Progress, run_probe
from appliance.probe.types import ProbeWish
from appliance.site import Site
from appliance.writable import require_writable


def probe_site(site: Site, wish: ProbeWish, *, resume: bool, progress: Progress) -> Probed:
    """Probe `site` under its lock. Raises SiteBusy where something else holds it, and what the probe raises."""
    engine_spec(site, provider=wish.provider)
    require_writable(site)
    with site_lock(site.folder, "probe"):
        order = make_probe(site, wish)
        asked = site.audit.workers if wish.workers is None else wish.workers
        with Log.open(site.log_path) as log:
            workers = asked or min(cores(), most_processes(order.plan.spec))
            return run_probe(log, order, workers, resume=resume, progress=progress)
