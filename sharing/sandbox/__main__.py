"""Start one stand-in platform.

python -m sharing.sandbox --platform municipal --port 8101 --data DIR --trust KEY.public.json

Prints one line with its address when it is ready. SIGTERM and Ctrl-C end it.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from core.signing import BadKey, SigningKey, verifier_for
from sharing.sandbox.server import SandboxServer
from sharing.sandbox.store import Store
from sharing.sandbox.tables import PROFILES


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sharing.sandbox", description="模拟的上级平台接收端")
    parser.add_argument("--platform", choices=sorted(PROFILES), required=True)
    parser.add_argument("--port", type=int, required=True, help="0：由系统选择")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="存放数据文件的目录")
    parser.add_argument("--trust", type=Path, action="append", default=[], help="登记的公钥文件，可重复")
    options = parser.parse_args(arguments)
    try:
        keys = [SigningKey.from_json(path.read_text()) for path in options.trust]
        verifiers = {key.key_id: verifier_for(key.public_half()) for key in keys}
    except (OSError, BadKey) as error:
        sys.stderr.write(f"不能登记公钥：{error}\n")
        return 2
    options.data.mkdir(parents=True, exist_ok=True)
    store = Store(options.platform, options.data / f"{options.platform}.sqlite3")
    try:
        server = SandboxServer((options.host, options.port), store, verifiers)
    except OSError as error:
        sys.stderr.write(f"端口 {options.port} 不能使用：{error}\n")
        return 1
    _stop_on_signal(server)
    sys.stdout.write(f"{options.platform} http://{options.host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    store.close()
    return 0


def _stop_on_signal(server: SandboxServer) -> None:
    def stop(*_: object) -> None:
        # shutdown() waits for serve_forever(), which runs in this very thread
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
