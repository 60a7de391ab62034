from django.db import models


class Source(models.TextChoices):
    """失信来源: the four of 国发〔2016〕76号, and three of 发改财金〔2023〕1103号."""

    JUDGMENT = "judgment", "司法判决"
    PENALTY = "penalty", "行政处罚"
    DISCIPLINE = "discipline", "纪律处分"
    ACCOUNTABILITY = "accountability", "问责处理"
    BREACH = "breach", "违约毁约认定"
    ARREARS = "arrears", "拖欠账款"
    DEFAULTER = "defaulter", "失信被执行人"


class Channel(models.TextChoices):
    """线索来源: by which way it was learnt."""

    E_SUPERVISION = "e_supervision", "电子监察"
    AUDIT = "audit", "审计"
    HOTLINE = "hotline", "12345热线"
    PROPOSAL = "proposal", "人大建议、政协提案"
    THIRD_PARTY = "third_party", "第三方评价"
    COURT = "court", "法院"
    SUPERVISORY = "supervisory", "监察机关"
    COMPLAINT = "complaint", "投诉举报"
    OTHER = "other", "其他"


class Impact(models.TextChoices):
    """社会影响."""

    NONE = "none", "没有明显影响"
    LIMITED = "limited", "影响较小"
    WIDE = "wide", "影响较大"
    GRAVE = "grave", "影响恶劣"


class Duty(models.TextChoices):
    """责任类别."""

    DIRECT = "direct", "直接责任"
    MAIN_LEADER = "main_leader", "主要领导责任"
    LEADER = "leader", "重要领导责任"


class Service(models.TextChoices):
    """告知方式."""

    DIRECT = "direct", "直接送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"
    LEFT = "left", "留置送达"


class Outcome(models.TextChoices):
    """陈述申辩处理结果."""

    ADOPTED = "adopted", "采纳，不予认定"
    PARTLY = "partly", "部分采纳"
    REFUSED = "refused", "不采纳"


class HonourLevel(models.TextChoices):
    """荣誉级别."""

    STATE = "state", "国家级"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    DISTRICT = "district", "区级"
    UNIT = "unit", "部门"
