"""Cells as days."""

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone

from core.values.cells import ValueProblem, is_blank, parse_text, shown

FIRST_DAY = date(1900, 1, 1)
# The national standard's way to write 长期 (no end).
LONG_TERM = date(2099, 12, 31)
LONG_TERM_WORDS = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "无固定期限", "无限期", "不限期"})

_FULL_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T\s]*\d{1,2}[:时]\d{1,2}分?(?::?\d{1,2}(?:\.\d+)?秒?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?", re.ASCII)
_SERIAL_TEXT = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_MONTH_ONLY = re.compile(r"\d{4}(?:年|\s*[-/.年]\s*\d{1,2}月?)?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?", re.ASCII)
_DAY_FIRST = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{4}", re.ASCII)
_CHINESE_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十廿]{1,3})月([一二三四五六七八九十廿卅]{1,3})[日号]?"
)
_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_DASHES = str.maketrans("—–－−‐○Ｏ﹣", "-----〇〇-")
_HOW = "请写成“2025-03-01”的样子。"
_SERIAL_60 = 60  # 1900-02-29, which never was: Excel counts it all the same
_LAST_SERIAL = 73_050


def parse_date(value: object, *, allow_long_term: bool = False) -> date | None:
    """A day between 1900-01-01 and 2099-12-31, in all usual spellings; None for a blank cell.

    2099-12-31 means 长期 (2018 standard, 有效期至); it and words such as 长期 are accepted where `allow_long_term`.
    """
    if type(value) is str:
        day = _date_from_text(value)
    elif isinstance(value, datetime):
        day = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    elif value is None or isinstance(value, date):
        day = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        day = _date_from_number(value)
    else:
        raise ValueProblem("date_format", f"“{shown(value)}”不是日期，{_HOW}")
    if day is None:
        return None
    if not FIRST_DAY <= day <= LONG_TERM:
        raise ValueProblem("date_range", f"日期“{day}”不在1900-01-01至2099-12-31之间，请核对年份。")
    if day == LONG_TERM and not allow_long_term:
        raise ValueProblem("date_not_long_term", "此栏须填写具体日期，不能填“长期”或2099-12-31。")
    return day


# A workbook repeats the same days over and over.
@lru_cache(maxsize=65_536)
def _date_from_text(value: str) -> date | None:
    text = value.strip()
    if len(text) == 10 and text[4] == "-" and text.isascii():
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    text = unicodedata.normalize("NFKC", parse_text(text.translate(_DASHES))).strip()
    if is_blank(text):
        return None
    if text in LONG_TERM_WORDS:
        return LONG_TERM
    if match := _FULL_DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text):
        return _real_day(int(match[1]), int(match[2]), int(match[3]), text)
    if match := _CHINESE_DATE.fullmatch(text):
        year = int("".join(str(_CHINESE_DIGITS[c]) for c in match[1]))
        return _real_day(year, _up_to_99(match[2]), _up_to_99(match[3]), text)
    if _SERIAL_TEXT.fullmatch(text):
        return _date_from_number(float(text))
    raise _date_problem(text)


def _real_day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueProblem("date_unreal", f"日期“{shown(text)}”不存在，请核对月和日。") from None


def _up_to_99(chinese: str) -> int:
    """三 → 3, 十 → 10, 十一 → 11, 二十 → 20, 廿一 → 21, 三十一 → 31; 0 for nonsense."""
    text = chinese.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    if not {tens, ones} <= {"", *_CHINESE_DIGITS}:
        return 0
    return (_CHINESE_DIGITS.get(tens, 1) if ten else 0) * 10 + _CHINESE_DIGITS.get(ones, 0)


def _date_from_number(number: float) -> date:
    """A day number of Excel's 1900 system, or eight digits such as 20250301."""
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueProblem("date_format", f"单元格不是日期，{_HOW}")
    whole = math.floor(number)
    if 10_000_101 <= whole <= 99_991_231 and whole == number:
        return _real_day(whole // 10_000, whole // 100 % 100, whole % 100, str(whole))
    if FIRST_DAY.year <= whole <= LONG_TERM.year + 1:
        raise ValueProblem("date_incomplete", f"“{whole}”只有年份，请写全年月日，如“{whole}-03-01”。")
    if whole == _SERIAL_60:
        raise ValueProblem("date_unreal", "日期1900-02-29不存在（表格软件的日期序号60），请核对。")
    if not 1 <= whole <= _LAST_SERIAL:
        raise ValueProblem("date_range", f"“{shown(number)}”不是1900年至2099年之间的日期，{_HOW}")
    return date(1899, 12, 31 if whole < _SERIAL_60 else 30) + timedelta(days=whole)


def _date_problem(text: str) -> ValueProblem:
    given = shown(text)
    if _MONTH_ONLY.fullmatch(text):
        return ValueProblem("date_incomplete", f"日期“{given}”不完整，请写全年月日，{_HOW}")
    if _DAY_FIRST.fullmatch(text):
        return ValueProblem("date_order", f"日期“{given}”分不清月和日，请把年份写在最前，{_HOW}")
    if _SHORT_YEAR.fullmatch(text):
        return ValueProblem("date_short_year", f"日期“{given}”的年份只有两位，请写四位年份，{_HOW}")
    if len(_FULL_DATE.findall(text)) > 1:
        return ValueProblem("date_several", f"“{given}”中有几个日期，一个单元格只填一个，{_HOW}")
    return ValueProblem("date_format", f"日期“{given}”无法识别，{_HOW}")
