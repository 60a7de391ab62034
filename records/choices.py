from django.db import models


class SubjectKind(models.TextChoices):
    """信用主体类别."""

    AGENCY = "agency", "政府机构"
    ENTERPRISE = "enterprise", "企业"
    SOLE_TRADER = "sole_trader", "个体工商户"
    INSTITUTION = "institution", "事业单位"
    SOCIAL_ORGANISATION = "social_organisation", "社会组织"
    VILLAGE_COLLECTIVE = "village_collective", "农村集体经济组织"
    OTHER_ORGANISATION = "other_organisation", "其他组织"
    OFFICIAL = "official", "公务员"
    NATURAL_PERSON = "natural_person", "自然人"


# People: never on a public page unless a publication rule opens the kind, and then masked (个人信息保护法 28).
PERSONAL_KINDS = frozenset({SubjectKind.OFFICIAL, SubjectKind.NATURAL_PERSON})


class IdentifierScheme(models.TextChoices):
    """主体代码种类: the six codes of the 2018 standard."""

    USCC = "uscc", "统一社会信用代码"
    BUSINESS_REGISTRATION = "business_registration", "工商注册号"
    ORGANISATION_CODE = "organisation_code", "组织机构代码"
    TAX_REGISTRATION = "tax_registration", "税务登记号"
    INSTITUTION_CERTIFICATE = "institution_certificate", "事业单位证书号"
    SOCIAL_ORGANISATION_CERTIFICATE = "social_organisation_certificate", "社会组织登记证号"


class Verification(models.TextChoices):
    """主体核验情况."""

    UNVERIFIED = "unverified", "未核验"
    VERIFIED = "verified", "已核验"


class RecordKindCode(models.TextChoices):
    """信用记录种类. Rooms register what each means (records/kinds.py)."""

    LICENCE = "licence", "行政许可"
    PENALTY = "penalty", "行政处罚"
    DISHONESTY = "dishonesty", "政务失信"
    HONOUR = "honour", "守信荣誉"


class RecordStatus(models.TextChoices):
    """信用记录状态: the road of a fact."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "已退回"
    FINDING = "finding", "待认定"
    NOTIFIED = "notified", "告知中"
    APPROVED = "approved", "已审核"
    PUBLISHED = "published", "公示中"
    REPAIRED = "repaired", "已修复"
    WITHDRAWN = "withdrawn", "已撤下"
    EXPIRED = "expired", "公示期满"
    DISCARDED = "discarded", "已作废"


class Tier(models.TextChoices):
    """失信程度（信用修复管理办法 2026）."""

    NONE = "", "不分级"
    MINOR = "minor", "轻微"
    GENERAL = "general", "一般"
    SERIOUS = "serious", "严重"


class Visibility(models.TextChoices):
    """公开方式."""

    PUBLIC = "public", "公开"
    MASKED = "masked", "脱敏公开"
    AUTHORISED = "authorised", "授权查询"
    INTERNAL = "internal", "不公开"


class RevisionAct(models.TextChoices):
    """修订行为: acts that change what readers may see."""

    PUBLISHED = "published", "公示"
    CORRECTED = "corrected", "更正"
    DISPUTED = "disputed", "异议受理"
    DISPUTE_CLOSED = "dispute_closed", "异议办结"
    REPAIRED = "repaired", "信用修复"
    WITHDRAWN = "withdrawn", "撤下"
    EXPIRED = "expired", "公示期满"
    RULE_CHANGED = "rule_changed", "公示规则变更"
    RULE_CLOSED = "rule_closed", "依规则停止公示"
    RECOUNTED = "recounted", "期限重新计算"


# Acts after which nothing of the record is shown; recipients are told to forget it.
ENDING_ACTS = frozenset({RevisionAct.REPAIRED, RevisionAct.WITHDRAWN, RevisionAct.EXPIRED, RevisionAct.RULE_CLOSED})

# Acts that come in masses, by rule and not about one record: ledgers of acts show them on request only. The order is
# that of the index which leaves them out.
QUIET_ACTS = (
    RevisionAct.PUBLISHED, RevisionAct.EXPIRED, RevisionAct.RULE_CHANGED, RevisionAct.RULE_CLOSED, RevisionAct.RECOUNTED
)  # fmt: skip


class RuleStatus(models.TextChoices):
    """公示规则状态: of a proposal and of each rule version in it; only approved versions decide anything."""

    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已退回"
    REVOKED = "revoked", "已撤销"


# Versions that stand or may come to stand: no two of one rule for one day.
STANDING = (RuleStatus.PROPOSED, RuleStatus.APPROVED)


class Effect(models.TextChoices):
    """公示变化: what a rule change, or the calendar, does to what readers see of one record."""

    APPEARS = "appears", "新公开"
    VANISHES = "vanishes", "停止公开"
    FIELDS = "fields", "公开内容变化"
    TERMS = "terms", "依据或期限变化"
    EXPIRES = "expires", "公示期满"


class PublicState(models.TextChoices):
    """公示状态: what the badge on a public page says."""

    PUBLISHED = "published", "公示中"
    DISPUTED = "disputed", "异议处理中"
    CORRECTED = "corrected", "已更正"


class ChangeKind(models.TextChoices):
    """变更申请种类."""

    CORRECT = "correct", "更正"
    WITHDRAW = "withdraw", "撤下"


class ChangeStatus(models.TextChoices):
    """变更申请状态."""

    PROPOSED = "proposed", "待复核"
    ACCEPTED = "accepted", "已同意"
    REFUSED = "refused", "已退回"


class BatchStatus(models.TextChoices):
    """导入批次状态."""

    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待入库"
    COMMITTING = "committing", "入库中"
    COMMITTED = "committed", "已入库"
    FAILED = "failed", "无法读取"
    ABANDONED = "abandoned", "已放弃"


class RowStatus(models.TextChoices):
    """导入行状态."""

    VALID = "valid", "可入库"
    INVALID = "invalid", "有错误"
    DUPLICATE = "duplicate", "重复"
    COMMITTED = "committed", "已入库"
    DROPPED = "dropped", "不导入"


# ---------------------------------------------------------------- the registry: agencies, officials, one subject once


class AgencyKind(models.TextChoices):
    """单位性质."""

    DEPARTMENT = "department", "政府部门"
    INSTITUTION = "institution", "事业单位"
    TOWN = "town", "镇街"
    VILLAGE = "village", "村居"
    STATE_ENTERPRISE = "state_enterprise", "国企"


class AgencyLevel(models.TextChoices):
    """单位层级."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    DISTRICT = "district", "区县"
    TOWN = "town", "镇街"
    VILLAGE = "village", "村居"


class SuccessionKind(models.TextChoices):
    """沿革方式: how one body followed another (机构改革)."""

    MERGED = "merged", "合并"
    SPLIT = "split", "分立"
    RENAMED = "renamed", "更名设立"
    ABSORBED = "absorbed", "撤并"


class OfficialState(models.TextChoices):
    """公务员状态."""

    IN_SERVICE = "in_service", "在职"
    TRANSFERRED = "transferred", "调离"
    RETIRED = "retired", "退休"
    RESIGNED = "resigned", "辞职"
    DISMISSED = "dismissed", "开除"
    DECEASED = "deceased", "去世"


class DuplicateState(models.TextChoices):
    """疑似重复判断: a judgement is remembered, so that nobody is asked twice."""

    OPEN = "open", "待处理"
    MERGED = "merged", "已合并"
    DIFFERENT = "different", "不是同一主体"


class DuplicateGround(models.TextChoices):
    """疑似重复线索: why two subjects may be one."""

    SAME_CODE = "same_code", "同一代码"
    SAME_NAME = "same_name", "名称相同"
    FORMER_NAME = "former_name", "与曾用名相同"
    NEAR_NAME = "near_name", "名称相近"
