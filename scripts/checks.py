"""`make lint` and `make types`: every check runs, the failures are named at the end."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("core", "accounts", "records", "disclosure", "sharing", "portal", "huicheng_credit")
CHECKS = {
    "lint": [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["djlint", "--quiet", "--lint", "templates"],
    ],
    "types": [["mypy", *ROOMS]],
}


def main() -> int:
    failed = []
    for command in CHECKS[sys.argv[1]]:
        if command[0] == "djlint" and not any((ROOT / "templates").rglob("*.html")):
            continue
        tool = Path(sys.executable).parent / command[0]
        if subprocess.run([str(tool), *command[1:]], cwd=ROOT).returncode:
            failed.append(" ".join(command))
    for name in failed:
        print(f"未通过：{name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
