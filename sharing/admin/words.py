"""What staff read about deliveries and platforms: badges, and what to do next."""

from datetime import datetime

from django.utils import timezone

from records.admin.words import Badge
from sharing.choices import STATE_SENTENCES, AttemptOutcome, DeliveryState, RunState
from sharing.models import Delivery, Platform

S = DeliveryState
# Shape differs with the colour, so that neither is needed alone.
LOOKS = {
    S.PENDING: ("grey", "expired"),
    S.ACCEPTED: ("blue", "next"),
    S.STORED: ("green", "on-time"),
    S.REFUSED: ("red", "late"),
    S.RECALLING: ("amber", "disputed"),
    S.RECALLED: ("grey", "withdrawn"),
    S.SUPERSEDED: ("grey", "corrected"),
}
STATE = {state: Badge(state.label, *LOOKS[state], STATE_SENTENCES[state]) for state in S}

OUTCOME_TONES = {AttemptOutcome.OPEN: "amber", AttemptOutcome.ANSWERED: "green", AttemptOutcome.ABANDONED: "grey"}
RUN = {
    RunState.RUNNING: Badge(RunState.RUNNING.label, "amber", "expired", "正在核对。"),
    RunState.FINISHED: Badge(RunState.FINISHED.label, "green", "on-time", "两边的清单已逐条核对。"),
    RunState.FAILED: Badge(RunState.FAILED.label, "red", "late", "未能核对完，今晚会再次核对。"),
}

# By the code in a platform's answer (数据上报接口标准规范的代码，1001 为主体名称与代码不符).
ADVICE = {
    "1001": "请核对行政相对人名称与代码，有误的申请更正；都无误的，请信用办联系平台更新主体信息后原样重新报送。",
    "1002": "请补齐所指的列，申请更正，更正通过后自动重新报送。",
    "1003": "请按说明改正所指的列，申请更正，更正通过后自动重新报送。",
    "1004": "平台持有更新的版本，请信用办查看核对结果。",
    "1005": "字段对应有误，请信用办改正后原样重新报送。",
    "3001": "目录编码有误，请信用办检查字段对应后原样重新报送。",
    "3002": "目录编码有误，请信用办检查字段对应后原样重新报送。",
    "4001": "报送部门编码有误，请信用办检查本单位的统一社会信用代码。",
    "4002": "平台不认识本单位，请信用办联系平台登记后原样重新报送。",
}
OTHER_ADVICE = "请按说明申请更正；说明与记录内容无关的，请联系信用办。"


def badge_of(delivery: Delivery) -> Badge:
    return STATE[S(delivery.state)]


def outcome_badge(outcome: str) -> Badge:
    tone = OUTCOME_TONES.get(AttemptOutcome(outcome), "red")
    icon = {"green": "on-time", "red": "late"}.get(tone, "expired")
    return Badge(AttemptOutcome(outcome).label, tone, icon, "")


def next_step(delivery: Delivery, now: datetime) -> str:
    """What happens next and who does it."""
    if delivery.state == S.REFUSED:
        return ADVICE.get(delivery.receipt_code, OTHER_ADVICE)
    sentence = STATE_SENTENCES[S(delivery.state)]
    if delivery.state == S.RECALLING and delivery.receipt_code not in ("", "200"):
        sentence = "平台暂未接受撤回，系统会继续催办；超过一天的，请信用办联系平台。"
    if delivery.state in (S.PENDING, S.RECALLING) and delivery.attempts and delivery.next_try_at:
        again = "即将再试" if delivery.next_try_at <= now else f"{_clock(delivery.next_try_at, now)}再试"
        sentence += f"已尝试 {delivery.attempts} 次，{again}。"
    return sentence


def _clock(moment: datetime, now: datetime) -> str:
    local, today = timezone.localtime(moment), timezone.localtime(now)
    form = "%H:%M" if local.date() == today.date() else "%Y年%m月%d日 %H:%M"
    return local.strftime(form)


def platform_badge(platform: Platform, now: datetime) -> Badge:
    """How we stand with a platform."""
    if not platform.enabled:
        return Badge("已停用", "grey", "withdrawn", "不报送；停用期间的公示、更正和撤下在启用后补报。")
    if not platform.address:
        return Badge("未配置", "grey", "withdrawn", "没有配置平台地址，报送内容在队列中等待。请设置地址和密钥。")
    if platform.paused(now):
        until = _clock(platform.circuit_open_until or now, now)
        return Badge("暂停报送", "red", "late", f"{platform.circuit_reason}。{until}自动再试，其他平台不受影响。")
    if platform.failures:
        text = f"最近连续失败 {platform.failures} 次：{platform.last_failure}。系统会自动重试。"
        return Badge("不稳定", "amber", "disputed", text)
    return Badge("正常", "green", "on-time", "报送正常进行。")
