"""What systemd is told (sd_notify): ready, alive, stopping. Nothing where no service manager listens."""

import os
import socket


def notify(state: str) -> bool:
    """Send `state` to the socket in NOTIFY_SOCKET; False where there is none or it is gone."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(state.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)
        except OSError:
            return False
    return True


def watchdog_seconds() -> float | None:
    """How often to say WATCHDOG=1: half of what systemd allows; None where it does not watch this process."""
    allowed, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not allowed.isdigit() or int(allowed) == 0 or (pid.isdigit() and int(pid) != os.getpid()):
        return None
    return int(allowed) / 2e6
