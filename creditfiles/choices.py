from django.db import models


class Projection(models.TextChoices):
    """档案版本: three views of the same file."""

    PUBLIC = "public", "公开版"
    OWN = "own", "本人版"
    AUTHORISED = "authorised", "授权版"


class Purpose(models.TextChoices):
    """查询目的: why somebody looks into a file; what each opens and how often is a dated rule."""

    HONOURS = "honours", "评优评先"
    PROMOTION = "promotion", "职务晋升"
    RECRUITMENT = "recruitment", "录用审查"
    PROJECT_APPROVAL = "project_approval", "项目审批"
    FISCAL_FUNDS = "fiscal_funds", "财政资金安排"
    SUPERVISION = "supervision", "监督检查"
    SUBJECT_REQUEST = "subject_request", "主体本人申请"


class OrderStatus(models.TextChoices):
    """批量出具状态."""

    WAITING = "waiting", "等待出具"
    RUNNING = "running", "出具中"
    DONE = "done", "已完成"
