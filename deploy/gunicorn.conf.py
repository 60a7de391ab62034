"""Gunicorn for both ways to run: plain worker processes; no access log, for addresses carry search words."""

import os
from pathlib import Path

bind = os.environ.get("BIND", "0.0.0.0:8000")  # in a container; `make run` sets the loopback
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "sync"
# Exports stream for minutes; a page that takes this long is lost anyway.
timeout = int(os.environ.get("WEB_TIMEOUT", "120"))
graceful_timeout = 10
# The worker's heartbeat file must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
control_socket_disable = True
errorlog = "-"
accesslog = None


def child_exit(server, worker):
    """The counters of a worker that ended stay, its gauges go."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
