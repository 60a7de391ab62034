from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.choices import SEPARATED_ROLES
from core.actors import Door, system_actor
from core.errors import RuleViolation


class Command(BaseCommand):
    help = "建立一名管理员（系统、安全或审计），打印一次性的初始密码；其余账号由管理员在工作台建立"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="登录名")
        parser.add_argument("--name", required=True, help="姓名")
        parser.add_argument("--role", required=True, choices=sorted(SEPARATED_ROLES), help="三员之一")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = system_actor(Door.COMMAND)
        try:
            user, password = services.create_account(options["username"], display_name=options["name"], actor=actor)
            services.grant_role(user.pk, options["role"], actor=actor, reason="首次部署")
        except RuleViolation as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"已建立 {user}。初始密码（只显示这一次，首次登录须修改）：{password}")
