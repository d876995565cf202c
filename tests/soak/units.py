"""The units under a real systemd: `python -m tests.soak.units FOLDER` as root, FOLDER a site's folder beside its parts.

Boots this machine's own system in systemd-nspawn, over a throw-away overlay, installs the site's units in it and lets
systemd run them: a night, a night that is killed, the night after it, the failure handler, delivery. Prints what
systemd and the status file say of each. Needs root, systemd-nspawn and overlayfs; nothing outside the overlay changes.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = """#!/bin/bash
# Runs inside, as root. P: prefix of the units; S: the site.
P={prefix}; S={site}
state() {{ systemctl show -p Result -p ExecMainStatus -p NRestarts "$P-$1.service" | tr '\\n' ' '; echo; }}
said() {{ grep -E '"(exit_code|message)"' "$S/status.json" | cut -c1-170; }}
systemd-sysusers; systemd-tmpfiles --create "$P.conf"; chown -R inspect-eval: "$S"
systemctl daemon-reload
echo "== verify"; systemd-analyze verify /etc/systemd/system/$P-* && echo silent
echo "== scores"; for u in nightly deliver dashboard failed; do
  systemd-analyze security --no-pager "$P-$u.service" | tail -1
done
echo "== a night"; time systemctl start "$P-nightly.service"; state nightly; said
echo "== who may read what it wrote"; ls -l "$S" | tail -n +2
echo "== network of the night"; systemctl show -p PrivateNetwork -p IPAddressDeny "$P-nightly.service"
workers() {{ pgrep -u inspect-eval -c -f spawn_main; }}
at_work() {{ for i in $(seq 90); do [ "$(workers)" -ge 2 ] && break; sleep 1; done; sleep {pause}; }}
echo "== a night killed at work"; systemctl start --no-block "$P-nightly.service"
at_work
echo "workers: $(workers)"; systemctl kill -s KILL --kill-who=main "$P-nightly.service"; sleep 1
echo "workers left: $(workers)"; state nightly
for i in $(seq 60); do sleep 1; [ "$(systemctl is-active "$P-failed.service")" = inactive ] && break; done; said
echo "== the night after it"; systemctl start "$P-nightly.service"; state nightly; said
echo "== a night stopped by systemctl"; systemctl start --no-block "$P-nightly.service"
at_work; systemctl stop "$P-nightly.service"
state nightly; echo "workers left: $(workers)"; said; journalctl -q --no-pager -o cat -t "$P" | tail -1 | cut -c1-120
systemctl start "$P-nightly.service"; state nightly; said
echo "== delivery"; systemctl start "$P-deliver.service"; state deliver
echo "== a batch of pictures"; systemctl start "$P-incoming.path"; touch "$S/incoming/.complete"; sleep 25
state incoming; journalctl -q --no-pager -o cat -t "$P" | grep incoming: | tail -1
echo "== a site that is gone"; mv "$S/site.toml" "$S/site.toml.away"
systemctl start "$P-nightly.service"; state nightly; sleep 2; said
mv "$S/site.toml.away" "$S/site.toml"
echo "== dashboard"; if timeout 5 {program} serve --help >/dev/null 2>&1; then
  systemctl start "$P-dashboard.service"; systemctl is-active "$P-dashboard.service"; sleep 5
  systemctl kill -s STOP "$P-dashboard.service"; sleep 75; state dashboard; systemctl is-active "$P-dashboard.service"
fi
echo "== timers"; systemctl enable -q "$P-nightly.timer" "$P-deliver.timer"; systemctl start "$P-nightly.timer"
systemctl list-timers --no-pager "$P-*" | head -4
echo "== journal"; journalctl -q --no-pager -o cat -t "$P" | cut -c1-200 | tail -25
"""

UNIT = """[Unit]
Description=the trial
Requires=basic.target systemd-journald.service
After=basic.target systemd-journald.service
[Service]
Type=oneshot
ExecStart=/trial
StandardOutput=file:/trial.log
StandardError=file:/trial.log
ExecStopPost=/bin/systemctl --no-block poweroff
TimeoutStartSec=15min
"""


@contextmanager
def overlay() -> Iterator[Path]:
    """This machine's root, writable without consequences."""
    base = Path(tempfile.mkdtemp(prefix="trial", dir="/mnt"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3g", "tmpfs", base], check=True)
    try:
        for name in ("up", "work", "root"):
            (base / name).mkdir()
        options = f"lowerdir=/,upperdir={base}/up,workdir={base}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, base / "root"], check=True)
        try:
            yield base / "root"
        finally:
            subprocess.run(["umount", "-l", base / "root"], check=True)
    finally:
        subprocess.run(["umount", "-l", base], check=True)
        base.rmdir()


def main(folder: Path, pause: float = 3.0) -> int:
    """Run the trial on a copy of `folder` and print its log."""
    from appliance.site import load_site
    from appliance.units import program, slug

    with overlay() as root:
        name = folder.resolve().name
        shutil.copytree(folder.resolve().parent, root / "srv" / "trial", ignore=shutil.ignore_patterns("*.lock"))
        site = Path("/srv/trial") / name
        installed = ["chroot", root, program(), "install-units", "--site", site]
        subprocess.run(installed, check=True, stdout=subprocess.DEVNULL)
        prefix = f"inspect-eval-{slug(load_site(root / 'srv' / 'trial' / name).name)}"
        values = {"prefix": prefix, "site": site, "program": program(), "pause": pause}
        (root / "trial").write_text(SCRIPT.format(**values))
        (root / "trial").chmod(0o755)
        (root / "etc/systemd/system/trial.service").write_text(UNIT)
        command = ["systemd-nspawn", "--register=no", "--keep-unit", "-b", "-D", root, "systemd.unit=trial.service"]
        with (root.parent / "boot.log").open("wb") as log:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=900, check=False)
        result = root / "trial.log"
        print(result.read_text() if result.exists() else (root.parent / "boot.log").read_text(errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
