"""Make the key pairs with which reports to the platforms are signed.

The private half stays in SIGNING_KEYS_DIR (or moves into PLATFORM_<CODE>_SIGNING_KEY); the public half is what the
platform registers.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.signing import ED25519, SM2, generate_key


class Command(BaseCommand):
    help = "为上级平台生成报送签名密钥（SM2 或 Ed25519）：私钥留存本机，公钥交平台登记。"

    def add_arguments(self, parser: CommandParser) -> None:
        codes = list(settings.SHARING_PLATFORMS)
        parser.add_argument("--platform", choices=codes, action="append", help="默认：全部平台")
        parser.add_argument("--algorithm", choices=[SM2, ED25519], default=SM2)
        parser.add_argument("--out", type=Path, default=settings.SIGNING_KEYS_DIR)
        parser.add_argument("--missing", action="store_true", help="已有密钥的平台跳过，不报错")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["out"]
        folder.mkdir(parents=True, exist_ok=True)
        for code in options["platform"] or settings.SHARING_PLATFORMS:
            private = folder / f"{code}.private.json"
            if private.exists():
                if options["missing"]:
                    continue
                raise CommandError(f"{private} 已存在。更换密钥时请先移走旧文件，并请平台登记新公钥。")
            key = generate_key(options["algorithm"], f"huicheng-{code}-{timezone.localdate():%Y%m%d}")
            # The public half first: whoever sees the private file finds a whole pair.
            (folder / f"{code}.public.json").write_text(key.public_half().to_json())
            draft = private.with_suffix(".part")
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key.to_json())
            draft.rename(private)
            self.stdout.write(f"{code}: {key.key_id} ({key.algorithm}) → {private}")
