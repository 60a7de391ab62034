from django.db import models

from records.choices import RecordKindCode


class Level(models.TextChoices):
    """清单层级."""

    NATIONAL = "national", "全国基础清单"
    PROVINCE = "province", "省补充清单"
    CITY = "city", "市补充清单"
    DISTRICT = "district", "区实施方案"


class EditionStatus(models.TextChoices):
    """清单版本状态: only approved editions allow anything."""

    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已退回"


class MeasureCategory(models.TextChoices):
    """惩戒措施类别: the three of the national basic list."""

    IMPAIRMENT = "impairment", "减损权益"
    MANAGEMENT = "management", "管理措施"
    OTHER = "other", "其他"


class SanctionStatus(models.TextChoices):
    """惩戒状态."""

    PROPOSED = "proposed", "待批准"
    ACTIVE = "active", "执行中"
    LIFTED = "lifted", "已解除"
    DECLINED = "declined", "不予采取"


class LiftGround(models.TextChoices):
    """解除情形."""

    EXPIRED = "expired", "到期"
    CAUSE_ENDED = "cause_ended", "原因记录终止"
    DECIDED = "decided", "决定解除"


# What may stand or come to stand: no two of one measure, cause and executing agency.
STANDING = (SanctionStatus.PROPOSED, SanctionStatus.ACTIVE)
# Kinds of record that are no fault: nothing follows from them.
NO_FAULTS = (RecordKindCode.LICENCE, RecordKindCode.HONOUR)
