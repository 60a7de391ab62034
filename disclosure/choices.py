from django.db import models


class PartyCategory(models.TextChoices):
    """行政相对人类别. The exchanged value is the label (双公示归集标准 2018)."""

    ORGANISATION = "organisation", "法人及非法人组织"
    NATURAL_PERSON = "natural_person", "自然人"
    SOLE_TRADER = "sole_trader", "个体工商户"


class LicenceState(models.TextChoices):
    """许可当前状态."""

    VALID = "valid", "有效"
    INVALID = "invalid", "无效"
