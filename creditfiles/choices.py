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


class LookupAbout(models.TextChoices):
    """查询对象: one list is about one class of subjects; files of officials and of private persons never meet."""

    BODIES = "bodies", "单位和企业"
    OFFICIALS = "officials", "公务员"
    PERSONS = "persons", "自然人"


class Reach(models.TextChoices):
    """查询范围: which people a list of an agency may find, by the rule of its purpose."""

    OWN = "own", "本单位人员"
    BY_NUMBER = "by_number", "本单位人员；其他单位人员须姓名和完整证件号码都相符"


class LookupStatus(models.TextChoices):
    """名单查询状态."""

    WAITING = "waiting", "等待核查"
    RUNNING = "running", "核查中"
    DONE = "done", "核查完成"


class Verdict(models.TextChoices):
    """核查结论: of one line of a list, in the order in which people want to see them."""

    FOUND = "found", "有记录"
    AMBIGUOUS = "ambiguous", "待补充"
    UNKNOWN = "unknown", "未找到"
    MALFORMED = "malformed", "填写有误"
    CLEAR = "clear", "无记录"


class MatchedBy(models.TextChoices):
    """对应方式: what a line was matched to its subject by."""

    CODE = "code", "统一社会信用代码"
    OLDER_CODE = "older_code", "其他代码"
    NAME = "name", "全称"
    FORMER_NAME = "former_name", "曾用名"
    ID_NUMBER = "id_number", "证件号码"
    TENURE = "tenure", "姓名和任职单位"


class IdentityCheck(models.TextChoices):
    """核验方式: how it was made sure that whoever is handed an own-access code is the subject, or acts for it."""

    ID_CARD = "id_card", "当面核对本人身份证件"
    MANDATE = "mandate", "核对委托书和受托人身份证件"
    AGENCY = "agency", "所在单位管理员当面核对本人"
    REPRESENTATIVE = "representative", "核对法定代表人（负责人）身份证件"
    UNIT_LETTER = "unit_letter", "核对单位公函和经办人身份证件"


class UnusualReason(models.TextChoices):
    """异常情形: what made looks stand out."""

    OFF_HOURS = "off_hours", "非工作时间查询"
    MANY = "many", "一人大量查询"
    SAME_SUBJECT = "same_subject", "反复查询同一主体"
    UNUSED = "unused", "查询后未见使用"
