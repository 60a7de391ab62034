from django.db import models


class Role(models.TextChoices):
    """角色. The first three act for the agencies a person is a member of; the last three are 三员分立."""

    CLERK = "clerk", "经办人"
    REVIEWER = "reviewer", "审核人"
    AGENCY_ADMIN = "agency_admin", "部门管理员"
    CREDIT_OFFICE = "credit_office", "信用办"
    AUDITOR = "auditor", "审计员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


AGENCY_ROLES = frozenset({Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN})
SEPARATED_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
