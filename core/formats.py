"""How values are written on pages: dates, amounts, capped counts. Used as template filters (environment.py)."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from django.utils import timezone

LONG_TERM = "2099-12-31"
WAN = 10_000
# Counts above this are shown as “1,000 条以上”: no page counts the whole ledger.
CAP = 1000


@lru_cache(maxsize=8192)
def _iso_day(text: str) -> str:
    if text[:10] == LONG_TERM:
        return "长期"
    year, month, of_month = text[:10].split("-")
    return f"{year}年{int(month)}月{int(of_month)}日"


def day(value: date | str | None) -> str:
    """2026年11月23日, from a date, a moment or an ISO string."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return _iso_day(value if isinstance(value, str) else value.isoformat())


def moment(value: datetime | None) -> str:
    """2026年11月23日 18:05, in local time."""
    return f"{day(value)} {timezone.localtime(value):%H:%M}" if value else ""


def month(value: date) -> str:
    return f"{value.year}年{value.month}月"


def yuan(wan: Decimal | str | None) -> str:
    """An amount kept in 万元, read in 元; large ones with 万元 beside: 2,000.00 元."""
    if wan in (None, ""):
        return ""
    try:
        amount = Decimal(str(wan))
    except InvalidOperation:
        return str(wan)
    return f"{yuan_only(amount)}（{_plain(amount)} 万元）" if amount >= 1 else yuan_only(amount)


def yuan_only(wan: Decimal | str) -> str:
    """For columns of figures: 20,000.00 元."""
    return f"{Decimal(str(wan)) * WAN:,.2f} 元"


def _plain(amount: Decimal) -> str:
    return f"{amount:,.6f}".rstrip("0").rstrip(".")


def capped(count: int, cap: int = CAP) -> str:
    return f"{cap:,}+" if count > cap else f"{count:,}"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"
