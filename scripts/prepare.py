"""What comes before the site opens: database, static files, and once the demonstration's data."""

import hashlib
import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def static_digest() -> str:
    """Changes when a static file or a dependency that ships some does; spares seconds of compressing."""
    state = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    # Of the rooms only: the data folder may stand here too, with what was collected before.
    folders = [ROOT / "static", *sorted(app.parent / "static" for app in ROOT.glob("*/apps.py"))]
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.is_file()):
        stat = path.stat()
        state.update(f"{path.relative_to(ROOT)}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return state.hexdigest()


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huicheng_credit.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("make_signing_keys", missing=True, verbosity=0, stdout=io.StringIO())

    static, now = settings.STATIC_ROOT / ".digest", static_digest()
    if not static.exists() or static.read_text() != now:
        print("正在整理静态文件…", flush=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        static.write_text(now)

    loaded = settings.DATA_DIR / ".demo-loaded"
    if settings.DEMO and not loaded.exists():
        print("正在载入演示数据（虚构的惠城区）…", flush=True)
        call_command("load_demo", stdout=io.StringIO())
        loaded.touch()


if __name__ == "__main__":
    main()
