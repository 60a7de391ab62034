"""Builds the project's own Python environment in .venv and runs something in it.

    python3 scripts/environment.py requirements.txt scripts/supervise.py [argument …]

Standard library only: this is the first thing that runs on a new machine. Installs again only when the
lock changed.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "tools" / "bin" / "uv"
STAMP = VENV / "installed.json"
GUARD = ROOT / ".cache" / "environment.lock"
SUPPORTED = ((3, 11), (3, 13))


def fail(message):
    """One plain line, no traceback."""
    print(message, file=sys.stderr)
    sys.exit(1)


def check_machine():
    """Python's version and the venv module, which Debian and Ubuntu package apart."""
    version = sys.version_info[:2]
    if not SUPPORTED[0] <= version <= SUPPORTED[1]:
        fail(f"需要 Python 3.11 至 3.13，当前为 {version[0]}.{version[1]}。请安装后指定：make run PYTHON=python3.11")
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        fail(
            f"缺少 Python 的 venv 模块，请先运行：sudo apt install python{version[0]}.{version[1]}-venv"
            "（其他系统请安装完整的 Python）"
        )


def digest(lock):
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def installed():
    """Which locks .venv holds, as {name: digest}; empty when there is none or its interpreter is gone."""
    try:
        stamp = json.loads(STAMP.read_text())
        version = subprocess.run(
            [PYTHON, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return stamp["locks"] if stamp.get("python") == version else {}


def run(*command, env=None):
    """Runs quietly; the output is returned and shown only when the command that needed it failed for good."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    return done.returncode, done.stdout + done.stderr


def pip_index():
    """The package index that pip was configured with (many networks use a mirror); uv does not read it."""
    code, out = run(PYTHON, "-m", "pip", "config", "get", "global.index-url")
    return {"UV_DEFAULT_INDEX": out.strip()} if code == 0 and out.strip().startswith("http") else {}


def find_uv():
    """uv from PATH, or from the package index; None when it is not to be had, and pip does the work."""
    if found := shutil.which("uv"):
        return found
    if not UV.exists():
        code, _ = run(
            PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
            "--target", UV.parent.parent, "-r", ROOT / "scripts" / "uv.txt",
        )  # fmt: skip
        if code:
            return None
    return str(UV)


def install(lock):
    """The lock into .venv, hashes checked: by uv, or by pip when uv cannot."""
    if uv := find_uv():
        env = {"UV_PYTHON_DOWNLOADS": "never"}
        if "UV_DEFAULT_INDEX" not in os.environ:
            env |= pip_index()
        code, _ = run(uv, "pip", "sync", "--python", PYTHON, "--require-hashes", ROOT / lock, env=env)
        if code == 0:
            return
    code, out = run(
        PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes",
        "-r", ROOT / lock,
    )  # fmt: skip
    if code:
        lines = [line for line in out.splitlines() if line.strip() and not line.startswith("WARNING")]
        print("\n".join(lines[-15:]), file=sys.stderr)
        fail("依赖安装失败（原因见上）。请检查网络或 pip 的镜像设置后重试。")


def ensure(lock):
    """A .venv that holds `lock`. The development lock contains the runtime lock and serves for both."""
    check_machine()
    GUARD.parent.mkdir(exist_ok=True)
    with open(GUARD, "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        have = installed()
        if have.get(lock) == digest(lock):
            return
        if have.get("requirements-dev.txt"):
            lock = "requirements-dev.txt"
        print("正在准备运行环境（首次约一分钟）…", flush=True)
        started = time.monotonic()
        if not have:
            code, out = run(sys.executable, "-m", "venv", "--clear", VENV)
            if code:
                fail(f"无法建立运行环境 {VENV}：\n{out.strip()[-800:]}")
        install(lock)
        locks = {lock: digest(lock)}
        if lock == "requirements-dev.txt":
            locks["requirements.txt"] = digest("requirements.txt")
        STAMP.write_text(json.dumps({"python": str(sys.version_info[:2]), "locks": locks}))
        print(f"运行环境已就绪，用时 {time.monotonic() - started:.0f} 秒。", flush=True)


def main():
    lock, *command = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt):
        ensure(lock)
        os.chdir(ROOT)
        os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        os.environ["VIRTUAL_ENV"] = str(VENV)
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606
    sys.exit(130)


if __name__ == "__main__":
    main()
