"""Remakes the locks: full, for every system and Python 3.11 to 3.13, with hashes, without index addresses."""

import os
import subprocess
import sys

from environment import ROOT, fail, find_uv, pip_index

LOCKS = (
    ("requirements.in", "requirements.txt"),
    ("requirements-dev.in", "requirements-dev.txt"),
    ("scripts/uv.in", "scripts/uv.txt"),
)
OPTIONS = (
    "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11",
    "--no-emit-index-url", "--no-header",
)  # fmt: skip


def main():
    uv = find_uv() or fail("制作依赖锁需要 uv，但未能安装，请检查网络后重试。")
    for source, lock in LOCKS:
        subprocess.run(
            [uv, "pip", "compile", *OPTIONS, *sys.argv[1:], source, "-o", lock],
            cwd=ROOT,
            env={**os.environ, **pip_index()},
            check=True,
        )
        print(f"{lock}：{(ROOT / lock).read_text().count('==')} 个包")


if __name__ == "__main__":
    main()
