from django.db import models


class PlatformLevel(models.TextChoices):
    """平台层级."""

    MUNICIPAL = "municipal", "市级"
    PROVINCIAL = "provincial", "省级"
    NATIONAL = "national", "国家级"


class Party(models.TextChoices):
    """行政相对人类型: which of a platform's tables a record goes into."""

    ORGANISATION = "organisation", "法人及个体工商户"
    PERSON = "person", "自然人"


class Operation(models.TextChoices):
    """报送操作."""

    UPSERT = "upsert", "报送"
    RECALL = "recall", "撤回"


class DeliveryState(models.TextChoices):
    """报送状态. Reports go 待报送 → 已报送 → 已入库 or 退回, recalls 撤回待确认 → 已撤回."""

    PENDING = "pending", "待报送"
    ACCEPTED = "accepted", "已报送"
    STORED = "stored", "已入库"
    REFUSED = "refused", "退回"
    RECALLING = "recalling", "撤回待确认"
    RECALLED = "recalled", "已撤回"
    SUPERSEDED = "superseded", "被后续版本替代"


# What each state means and what comes next; shown beside the badge.
STATE_SENTENCES = {
    DeliveryState.PENDING: "等待报送，系统会自动发送，未成功会自动重试。",
    DeliveryState.ACCEPTED: "平台已接收，尚未确认入库，系统会自动查询结果。",
    DeliveryState.STORED: "平台已确认入库，无需处理。",
    DeliveryState.REFUSED: "平台未接受，请按退回原因申请更正，更正通过后自动重新报送。",
    DeliveryState.RECALLING: "已通知平台停止公示和使用，尚未得到确认，系统会持续催办。",
    DeliveryState.RECALLED: "平台已确认撤回，无需处理。",
    DeliveryState.SUPERSEDED: "发送前已有新版本，本版本不再报送，以新版本为准。",
}


class AttemptOutcome(models.TextChoices):
    """报送批次结果."""

    OPEN = "open", "进行中"
    ANSWERED = "answered", "已答复"
    UNREACHABLE = "unreachable", "未连通"
    FAILED = "failed", "平台出错"
    BUSY = "busy", "平台繁忙"
    LOCKED_OUT = "locked_out", "平台不认可签名"
    REJECTED = "rejected", "整批拒收"
    ABANDONED = "abandoned", "中断"


class RunState(models.TextChoices):
    """核对状态."""

    RUNNING = "running", "进行中"
    FINISHED = "finished", "已完成"
    FAILED = "failed", "未完成"


class DifferenceKind(models.TextChoices):
    """核对差异."""

    MISSING = "missing", "平台缺少"
    OLDER = "older", "平台版本较旧"
    NEWER = "newer", "平台版本较新"
    CONTENT = "content", "内容不一致"
    NOT_RECALLED = "not_recalled", "应撤回而未撤回"
    WRONGLY_RECALLED = "wrongly_recalled", "应公示而已撤回"
    UNKNOWN = "unknown", "本系统没有该记录"


# Differences that we can put right by sending again; the others need a person.
REQUEUED = frozenset(
    {
        DifferenceKind.MISSING,
        DifferenceKind.OLDER,
        DifferenceKind.CONTENT,
        DifferenceKind.NOT_RECALLED,
        DifferenceKind.WRONGLY_RECALLED,
    }
)
