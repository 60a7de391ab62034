"""Lists that departments' systems look up (名单查询接口)."""
