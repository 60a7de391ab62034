"""docker-compose.yml, the proxy and the image, as far as a machine without a container engine can prove them.

The commands are read out of docker-compose.yml and run as they stand, on the test database and a real Redis.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from core.signing import ED25519, SM2, SigningKey, generate_key
from tests.support.processes import ROOT, Process, database_url, free_port, wait_until
from tests.support.report import leave_out

# Playwright's loop needs it in the tests' own process; production must not have it.
UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
SECRETS = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "FIELD_ENCRYPTION_KEYS": "k1:" + "ab" * 32,
    "BLIND_INDEX_KEY": "cd" * 32,
    "REPORT_SIGNING_KEYS": "ef" * 32,
    "METRICS_TOKEN": "token-of-the-test",
    "ALLOWED_HOSTS": "credit.example.cn",
    "PUBLIC_URL": "https://credit.example.cn",
    "POSTGRES_PASSWORD": "abc123",
    "REDIS_PASSWORD": "abc123",
    "TLS_DIR": "./deploy/tls",
    "SITE_ORGANISER": "惠城区信用办",
    "SITE_CONTACT": "0752-1",
    "SITE_CODE": "4413020001",
    "SITE_ICP": "粤ICP备1号",
    "SITE_POLICE": "粤公网安备1号",
}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def production(broker_url: str, folder: Path) -> dict[str, str]:
    """The environment of compose's services, with this machine's database and Redis in place of its hosts."""
    names = compose()["x-app"]["environment"]
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in {"TESTING", "TEST_DATA_DIR", "DATABASE_URL_TEST", "DEBUG", UNSAFE}
    }
    env |= {k: v for k, v in SECRETS.items() if k in names} | {k: v for k, v in names.items() if "$" not in v}
    return env | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "DJANGO_SETTINGS_MODULE": "huicheng_credit.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": broker_url,
        "BROKER_URL": broker_url,
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "PYTHONUNBUFFERED": "1",
    }


def command(service: str) -> list[str]:
    words: list[str] = compose()["services"][service]["command"]
    return words


# --- the files


@pytest.mark.sqlite
def test_compose_file_is_valid_and_refuses_a_missing_secret(tmp_path: Path) -> None:
    tool = shutil.which("docker-compose")
    if tool is None:
        leave_out("docker-compose is not installed (apt install docker-compose)")
    env = {k: v for k, v in os.environ.items() if k not in SECRETS}
    values = tmp_path / "env"

    def config(given: dict[str, str]) -> int:
        values.write_text("".join(f"{k}={v}\n" for k, v in given.items()))
        words = [tool, "-f", str(ROOT / "docker-compose.yml"), "--env-file", str(values), "config", "-q"]
        return subprocess.run(words, cwd=ROOT, env=env, capture_output=True).returncode

    assert config(SECRETS) == 0
    for name in SECRETS:
        assert config({k: v for k, v in SECRETS.items() if k != name}) != 0, f"{name} may be missing"


@pytest.mark.sqlite
@pytest.mark.parametrize("algorithm", [SM2, ED25519])
def test_a_signing_key_reaches_every_service_whole(algorithm: str, tmp_path: Path) -> None:
    """One line of JSON between single quotes, as deploy/env.example says."""
    tool = shutil.which("docker-compose")
    if tool is None:
        leave_out("docker-compose is not installed (apt install docker-compose)")
    name, key = "PLATFORM_MUNICIPAL_SIGNING_KEY", generate_key(algorithm, "huicheng-municipal-1")
    values = tmp_path / "env"
    values.write_text("".join(f"{k}={v}\n" for k, v in SECRETS.items()) + f"{name}='{key.to_json()}'\n")
    env = {k: v for k, v in os.environ.items() if k not in SECRETS}
    words = [tool, "-f", str(ROOT / "docker-compose.yml"), "--env-file", str(values), "config"]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)
    services = yaml.safe_load(done.stdout)["services"]
    for service in ("web", "worker", "beat"):
        given = services[service]["environment"]
        assert SigningKey.from_json(given[name]) == key
        assert given["PLATFORM_NATIONAL_SIGNING_KEY"] == ""


@pytest.mark.sqlite
def test_every_platform_has_its_address_and_its_key_in_the_file() -> None:
    names = compose()["x-app"]["environment"]
    for code in settings.SANDBOX_PORTS:
        assert {f"PLATFORM_{code.upper()}_URL", f"PLATFORM_{code.upper()}_SIGNING_KEY"} <= set(names)


@pytest.mark.sqlite
def test_the_example_names_every_value_and_sets_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) == set(example)
    secret = {name for name in example if re.search(r"KEY|PASSWORD|TOKEN", name)}
    assert {name for name in secret if example[name]} == set()


@pytest.mark.sqlite
def test_no_service_runs_without_a_health_check_but_the_one_that_ends() -> None:
    without = {name for name, service in compose()["services"].items() if "healthcheck" not in service}
    assert without == {"migrate"}


@pytest.mark.sqlite
def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.txt" in text
    assert text.index("USER huicheng") < text.index("CMD")
    assert "requirements-dev" not in text


# --- the commands


@pytest.fixture(scope="module")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collected by the command of the image's build."""
    folder = tmp_path_factory.mktemp("image")
    line = re.search(r"^RUN (DEMO=1 .+?) && rm", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert line
    given, words = [], line[1].split()
    while "=" in words[0]:
        given.append(words.pop(0).split("=", 1))
    env = {k: v for k, v in os.environ.items() if k not in {"TESTING", "TEST_DATA_DIR", "DATABASE_URL", UNSAFE}}
    env |= dict(given) | {"DATA_DIR": str(folder / "build"), "STATIC_ROOT": str(folder / "static")}
    env["DJANGO_SETTINGS_MODULE"] = "huicheng_credit.settings"
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "static"


@pytest.fixture
def site(transactional_db: None, redis_url: str, static_files: Path, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """web as compose starts it."""
    port = free_port()
    (tmp_path / "metrics").mkdir()
    (tmp_path / "static").symlink_to(static_files)
    env = production(redis_url, tmp_path) | {"BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "2"}
    env["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path / "metrics")
    process = Process(command("web"), log=tmp_path / "web.log", env=env).start()
    process.wait_for("Booting worker")
    yield {"port": port, "env": env, "process": process}
    process.kill()


def fetch(url: str, *, data: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers, body; redirects are not followed, certificates not checked."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(url, data=data, headers={"Host": SECRETS["ALLOWED_HOSTS"], **headers})
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_web_answers_its_health_check_and_nobody_else_over_plain_http(site: dict[str, Any]) -> None:
    base = f"http://127.0.0.1:{site['port']}"
    assert fetch(f"{base}/healthz")[0] == 200
    check = compose()["services"]["web"]["healthcheck"]["test"][1:]
    env = site["env"] | {"HEALTH_URL": f"{base}/readyz"}
    done = subprocess.run(check, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

    status, headers, _ = fetch(f"{base}/")
    assert (status, headers["Location"]) == (301, "https://credit.example.cn/")
    assert fetch(f"{base}/healthz", Host="elsewhere.example")[0] == 400
    assert fetch(f"{base}/metrics", **{"X-Forwarded-Proto": "https"})[0] == 404
    token = {"Authorization": "Bearer token-of-the-test", "X-Forwarded-Proto": "https"}
    assert b"django_http_requests_total" in fetch(f"{base}/metrics", **token)[2]


def test_worker_and_beat_boot_and_the_worker_does_what_beat_sends(
    transactional_db: None, redis_url: str, tmp_path: Path
) -> None:
    env = production(redis_url, tmp_path)
    schedule = tmp_path / "celerybeat-schedule"
    words = [str(schedule) if w == "/tmp/celerybeat-schedule" else w for w in command("beat")]
    worker = Process(command("worker"), log=tmp_path / "worker.log", env=env).start()
    beat = Process(words, log=tmp_path / "beat.log", env=env).start()
    try:
        worker.wait_for("ready.")
        beat.wait_for("Sending due task")
        wait_until(lambda: " succeeded in " in worker.output, seconds=40, what=worker.output[-2000:])
        check = compose()["services"]["beat"]["healthcheck"]["test"][1:]
        wait_until(lambda: list(tmp_path.glob("celerybeat-schedule*")), what="the schedule file")
        assert subprocess.run(check, cwd=ROOT, env=env | {"BEAT_SCHEDULE": str(schedule)}).returncode == 0
        ping = subprocess.run(
            ["celery", "-A", "huicheng_credit", "inspect", "ping"], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert "pong" in ping.stdout
    finally:
        worker.kill()
        beat.kill()


def test_migrate_is_done_when_all_is_migrated(transactional_db: None, redis_url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        command("migrate"), cwd=ROOT, env=production(redis_url, tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Apply all migrations" in done.stdout or "migrations" in done.stdout


def test_deployment_check_is_silent_in_production_settings(
    transactional_db: None, redis_url: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"],
        cwd=ROOT,
        env=production(redis_url, tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "0 silenced" in done.stdout


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "REPORT_SIGNING_KEYS"])
def test_production_does_not_start_without_its_secrets(name: str, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in {"TESTING", "TEST_DATA_DIR", "DEBUG", "DEMO"}}
    env |= {k: v for k, v in SECRETS.items() if k != name}
    env |= {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "huicheng_credit.settings",
    }
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert name.removesuffix("S") in done.stderr
    assert list(tmp_path.glob("*.secret")) == []


# --- the proxy


def self_signed(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "credit.example.cn")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "site.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "site.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def proxy(site: dict[str, Any], tmp_path: Path) -> Iterator[dict[str, Any]]:
    """deploy/nginx.conf itself; only hosts, ports and paths are this machine's."""
    tool = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if tool is None:
        leave_out("nginx is not installed (apt install nginx-light)")
    plain, tls, health = free_port(), free_port(), free_port()
    self_signed(tmp_path)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        ("web:8000", f"127.0.0.1:{site['port']}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{tls} ssl"),
        ("127.0.0.1:8080", f"127.0.0.1:{health}"),
        ("/etc/nginx/tls", str(tmp_path)),
        ("/tmp/nginx.pid", str(tmp_path / "nginx.pid")),
        ("/dev/stdout", str(tmp_path / "access.log")),
        ("/dev/stderr", str(tmp_path / "error.log")),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "nginx.conf").write_text(text)
    (tmp_path / "proxy").mkdir()
    words = [tool, "-p", str(tmp_path / "proxy"), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
    process = Process(words, log=tmp_path / "nginx.log", env=dict(os.environ)).start()

    def up() -> bool:
        assert process.running(), process.output
        try:
            return fetch(f"http://127.0.0.1:{health}/proxy-health")[0] == 204
        except OSError:
            return False

    wait_until(up, what=process.output)
    yield {"plain": f"http://127.0.0.1:{plain}", "tls": f"https://127.0.0.1:{tls}", "folder": tmp_path}
    process.kill()


def test_the_proxy_is_the_only_door(proxy: dict[str, Any]) -> None:
    tls = proxy["tls"]
    status, headers, _ = fetch(f"{proxy['plain']}/search/?q=x")
    assert (status, headers["Location"]) == (301, "https://credit.example.cn/search/?q=x")

    status, headers, _ = fetch(f"{tls}/healthz", **{"X-Request-ID": "chosen-by-the-reader"})
    assert status == 200
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "Server" not in headers or "/" not in headers["Server"]

    for path in ("/metrics", "/readyz"):
        assert fetch(f"{tls}{path}", Authorization="Bearer token-of-the-test")[0] == 404, path
    assert fetch(f"{tls}/healthz", data=b"x" * 1_100_000)[0] == 413
    assert fetch(f"{tls}/staff/login/", data=b"x" * 1_100_000)[0] == 413
    assert fetch(f"{tls}/staff/import/", data=b"x" * 1_100_000)[0] != 413


def test_the_proxy_log_holds_no_search_words(proxy: dict[str, Any]) -> None:
    fetch(f"{proxy['tls']}/search/?q=SEARCHED-NAME")
    log = proxy["folder"] / "access.log"
    wait_until(lambda: "/search/" in log.read_text(), what="the access log")
    assert "SEARCHED-NAME" not in log.read_text()
