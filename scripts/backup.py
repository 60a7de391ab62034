"""`make backup` and `make restore FROM=file`: the embedded mode's data folder as one archive. Standard library only.

    backup.py save [FILE]      safe while the site runs; the archive holds the keys too, so keep it as you keep keys
    backup.py restore FILE     into a data folder that holds no database yet

Production uses pg_dump and pg_restore (docs/operations/backup.md).
"""

import os
import sqlite3
import sys
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "huicheng.sqlite3"


def data_dir():
    return Path(os.environ.get("DATA_DIR") or ROOT / "var").expanduser().resolve()


def save(target):
    data = data_dir()
    if not (data / DATABASE).exists():
        sys.exit(f"{data} 中没有数据库，没有可备份的内容。")
    with tempfile.TemporaryDirectory(dir=data) as folder:
        copy = Path(folder) / DATABASE
        source, destination = sqlite3.connect(data / DATABASE), sqlite3.connect(copy)
        with source, destination:
            source.backup(destination)
        source.close()
        destination.close()
        part = target.with_name(target.name + ".part")
        with (
            open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file,
            tarfile.open(fileobj=file, mode="w:gz") as archive,
        ):
            archive.add(copy, DATABASE)
            for path in [*sorted(data.glob("*.secret")), data / "keys", data / "files", data / ".demo-loaded"]:
                if path.exists():
                    archive.add(path, path.name)
        part.replace(target)
    print(f"已备份到 {target}（{target.stat().st_size / 1_000_000:.1f} MB，内含密钥，请妥善保管）")


def restore(source):
    data = data_dir()
    if (data / DATABASE).exists():
        sys.exit(f"{data} 中已有数据库，不会覆盖。请换一个空目录：make restore FROM={source} DATA_DIR=…")
    data.mkdir(parents=True, exist_ok=True)
    with tarfile.open(source) as archive:
        archive.extractall(data, filter="data")
    check = sqlite3.connect(data / DATABASE)
    broken = check.execute("PRAGMA foreign_key_check").fetchall()
    check.close()
    if broken:
        sys.exit(f"数据库校验未通过：{len(broken)} 处关联缺失，请换一份备份。")
    print(f"已恢复到 {data}，数据库校验通过。请运行 make run。")


def main():
    act, *rest = [argument for argument in sys.argv[1:] if argument]
    if act == "save":
        save(Path(rest[0] if rest else f"backup-{datetime.now():%Y%m%d-%H%M%S}.tar.gz").resolve())
    elif act == "restore" and rest:
        restore(Path(rest[0]).resolve())
    else:
        sys.exit("用法：make backup [TO=文件]，make restore FROM=文件")


if __name__ == "__main__":
    main()
