"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    accounts_signed_in="登录",
    accounts_signed_out="退出",
    accounts_sign_in_failed="登录失败",
    accounts_locked="登录锁定",
    accounts_lock_released="解除登录锁定",
    accounts_password_changed="修改密码",  # noqa: S106 - a name, not a secret
    accounts_password_reset="重置密码",  # noqa: S106
    accounts_second_factor_enrolled="登记动态口令",
    accounts_second_factor_failed="动态口令错误",
    accounts_second_factor_reset="重置动态口令",
    accounts_created="新建账号",
    accounts_deactivated="停用账号",
    accounts_activated="启用账号",
    accounts_role_granted="授予角色",
    accounts_role_revoked="收回角色",
    accounts_trail_exported="导出审计记录",
)
