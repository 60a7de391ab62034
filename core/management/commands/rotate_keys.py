"""`manage.py rotate_keys`: write all personal data and uploaded files with the newest key of FIELD_ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import models

from core.encryption import EncryptedTextField, EncryptionError, encrypted_fields, keyring
from core.key_rotation import (
    BATCH,
    Batch,
    files_by_key,
    json_columns,
    json_tokens_by_key,
    rotate,
    rotate_files,
    rotate_json,
    tokens_by_key,
)
from core.storage import SealedFileSystemStorage


class Command(BaseCommand):
    help = "用最新密钥重新加密全部个人信息字段和上传的原文件；可随时中断，再次运行会接着做。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="每批行数，每批单独提交")
        parser.add_argument("--check", action="store_true", help="只统计各密钥加密的数据量，不改数据")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch 须为正整数。")
        fields = encrypted_fields(apps.get_models(include_auto_created=True))
        left = sum(self._one(model, field, options) for model, field in fields)
        left += sum(self._json(model, field, options) for model, field in json_columns())
        files = self._files(options)
        if left or files:
            raise CommandError(
                f"还有 {left} 个值、{files} 个文件未使用最新密钥，旧密钥还不能移除；请运行 rotate_keys（可反复运行）。"
            )
        self.stdout.write(f"完成：{len(fields)} 个字段和全部文件使用密钥 {keyring().newest}，旧密钥可以移除。")

    def _one(self, model: type[models.Model], field: EncryptedTextField, options: dict[str, Any]) -> int:
        """Rotate one column and tell what is left of older keys."""
        name = f"{model._meta.label}.{field.name}"
        if not options["check"]:
            self._rotate(name, rotate(model, field, options["batch"]), options)
        return self._left(name, tokens_by_key(model, field))

    def _json(self, model: type[models.Model], field: str, options: dict[str, Any]) -> int:
        """The same for values sealed inside a JSON column."""
        name = f"{model._meta.label}.{field}"
        if not options["check"]:
            self._rotate(name, rotate_json(model, field, options["batch"]), options)
        return self._left(name, json_tokens_by_key(model, field))

    def _rotate(self, name: str, batches: Iterable[Batch], options: dict[str, Any]) -> None:
        changed = overtaken = 0
        try:
            for batch in batches:
                changed, overtaken = changed + batch.changed, overtaken + batch.overtaken
                if options["verbosity"] > 1:
                    self.stdout.write(f"{name}：已重新加密 {changed} 个值")
        except EncryptionError as error:
            raise CommandError(f"{name}：已重新加密 {changed} 个值后停止。{error}") from error
        self.stdout.write(f"{name}：重新加密 {changed} 个值，他人同时改写 {overtaken} 个值。")

    def _files(self, options: dict[str, Any]) -> int:
        """Seal the uploaded files anew and tell how many older keys still hold."""
        default_storage.exists("")  # a lazy object until it is used
        storage = default_storage._wrapped  # type: ignore[attr-defined]
        if not isinstance(storage, SealedFileSystemStorage):
            return 0
        if not options["check"]:
            changed = 0
            try:
                for name in rotate_files(storage):
                    changed += 1
                    if options["verbosity"] > 1:
                        self.stdout.write(f"文件 {name}：已重新加密")
            except EncryptionError as error:
                raise CommandError(f"已重新加密 {changed} 个文件后停止。{error}") from error
            self.stdout.write(f"上传的文件：重新加密 {changed} 个。")
        return self._left("上传的文件", files_by_key(storage))

    def _left(self, name: str, counts: dict[str, int]) -> int:
        told = "，".join(f"{key or '未知密钥'} {count}" for key, count in counts.items() if count)
        self.stdout.write(f"{name}：{told or '没有数据'}")
        return sum(counts.values()) - counts[keyring().newest]
