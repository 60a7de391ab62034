"""Which bodies of the library may be one subject: pairs with their evidence, for a steward to judge.

Only bodies: of people, a name is no evidence at all. Two bodies whose unified codes are both valid and differ are two,
and are not proposed. The search is set-based by codes and whole names; near names are looked for through the
two-character index, for bodies without a code only, which are few: all others have been told apart by their code.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db import connection
from django.db.models import Q

from core.identifiers import check_uscc
from records.choices import PERSONAL_KINDS, DuplicateGround
from records.models import Subject, SubjectIdentifier, SubjectName

MOST_PAIRS = 20_000
MOST_PROBES = 2_000
NEAR, NEIGHBOURS = 0.75, 60
SCORES = {DuplicateGround.SAME_CODE: 95, DuplicateGround.SAME_NAME: 85, DuplicateGround.FORMER_NAME: 75}
# What half of the district's bodies have in their names says nothing about which one it is.
COMMON = (
    "广东省", "惠州市", "惠城区", "广东", "惠州", "惠城", "有限责任公司", "股份有限公司", "有限公司", "普通合伙",
    "合伙企业", "分公司", "集团", "个体工商户",
)  # fmt: skip


@dataclass(slots=True)
class Pair:
    """Two subjects by key, the smaller first, with what speaks for their being one."""

    first: int
    second: int
    evidence: list[dict[str, str]] = field(default_factory=list)
    score: int = 0

    def add(self, ground: str, text: str, score: int) -> None:
        if all(e["ground"] != ground for e in self.evidence):
            self.evidence.append({"ground": str(ground), "text": text})
            self.score = min(99, max(self.score, score) + (2 if self.score else 0))


def pairs() -> list[Pair]:
    """All pairs that a steward should look at, the strongest first."""
    found: dict[tuple[int, int], Pair] = {}
    for one, other, ground, text, score in (*_by_code(), *_by_name(), *_by_near_name()):
        key = (min(one, other), max(one, other))
        found.setdefault(key, Pair(*key)).add(ground, text, score)
    possible = _possible(found.values())
    return sorted(possible, key=lambda p: (-p.score, p.first, p.second))


def _possible(found: Iterable[Pair]) -> list[Pair]:
    """Without pairs that are two for certain, that are people, or that were merged already."""
    rows = list(found)
    keys = {pk for pair in rows for pk in (pair.first, pair.second)}
    subjects: dict[int, tuple[str, str]] = {}
    for chunk in _chunks(sorted(keys)):
        standing = Subject.objects.filter(pk__in=chunk).public().standing()
        subjects |= {pk: (kind, code or "") for pk, kind, code in standing.values_list("pk", "kind", "code")}
    return [p for p in rows if p.first in subjects and p.second in subjects and not _two(p, subjects)]


def _two(pair: Pair, subjects: dict[int, tuple[str, str]]) -> bool:
    codes = [code for pk in (pair.first, pair.second) if (code := subjects[pk][1])]
    return len(codes) == 2 and all(not any(f.level == "error" for f in check_uscc(code)) for code in codes)


Found = tuple[int, int, str, str, int]


def _by_code() -> Iterator[Found]:
    """The same value under two schemes, or an organisation code that stands inside another's unified code."""
    quote = connection.ops.quote_name
    identifiers, subjects = quote(SubjectIdentifier._meta.db_table), quote(Subject._meta.db_table)
    same = f"""SELECT a.subject_id, b.subject_id, a.value FROM {identifiers} a JOIN {identifiers} b ON b.value = a.value
        WHERE a.subject_id < b.subject_id LIMIT {MOST_PAIRS}"""  # noqa: S608 - own names
    inside = f"""SELECT o.subject_id, s.id, o.value
        FROM (SELECT subject_id, value, REPLACE(value, '-', '') AS plain FROM {identifiers}
              WHERE scheme = 'organisation_code') o
        JOIN (SELECT id, SUBSTR(code, 9, 9) AS plain FROM {subjects} WHERE code IS NOT NULL) s ON s.plain = o.plain
        WHERE s.id <> o.subject_id LIMIT {MOST_PAIRS}"""  # noqa: S608 - own names
    for sql, text in ((same, "两者都登记有代码{}"), (inside, "组织机构代码{}与对方统一社会信用代码的主体标识相同")):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for one, other, value in cursor.fetchall():
                yield one, other, DuplicateGround.SAME_CODE, text.format(value), SCORES[DuplicateGround.SAME_CODE]


def _by_name() -> Iterator[Found]:
    """A name, present or former, that two bodies bear, unless both are known by a code that was verified.

    Where the limit bites, those first of whom one has no code, the newest first: two codes mostly tell two apart.
    """
    quote = connection.ops.quote_name
    names, subjects = quote(SubjectName._meta.db_table), quote(Subject._meta.db_table)
    people = ", ".join(f"'{kind}'" for kind in sorted(PERSONAL_KINDS))
    sql = f"""SELECT a.subject_id, b.subject_id, a.name, b.name, s.name, t.name
        FROM {names} a JOIN {names} b ON b.name_folded = a.name_folded AND a.subject_id < b.subject_id
        JOIN {subjects} s ON s.id = a.subject_id JOIN {subjects} t ON t.id = b.subject_id
        WHERE s.kind NOT IN ({people}) AND t.kind NOT IN ({people})
          AND (s.code IS NULL OR t.code IS NULL OR s.verification <> 'verified' OR t.verification <> 'verified')
        ORDER BY CASE WHEN s.code IS NULL OR t.code IS NULL THEN 0 ELSE 1 END, b.subject_id DESC
        LIMIT {MOST_PAIRS}"""  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    for one, other, name, twin, present, others_present in rows:
        both = name == present and twin == others_present
        ground = DuplicateGround.SAME_NAME if both else DuplicateGround.FORMER_NAME
        text = f"都名为“{present}”" if both else f"“{present}”与“{others_present}”都用过名称“{name}”"
        yield one, other, ground, text, SCORES[ground]


def _by_near_name() -> Iterator[Found]:
    """Bodies without a code, newest first, against all bodies whose names share most parts with theirs."""
    probes = Subject.objects.public().standing().filter(code__isnull=True).order_by("-pk")
    for pk, name, folded in probes.values_list("pk", "name", "name_folded")[:MOST_PROBES]:
        for other, others_name, others_folded in _neighbours(pk, folded):
            ratio = SequenceMatcher(None, _core(folded), _core(others_folded)).ratio()
            if ratio >= NEAR and folded != others_folded:
                text = f"除地名和组织形式外，“{name}”与“{others_name}”有{round(100 * ratio)}%相同"
                yield pk, other, DuplicateGround.NEAR_NAME, text, round(70 * ratio)


def _neighbours(pk: int, folded: str) -> Iterable[tuple[int, str, str]]:
    """One wrong character spoils one part of a name: ask for all parts but one, each in turn."""
    parts = list(_parts(folded))
    asked = [" ".join(parts[:i] + parts[i + 1 :]) for i in range(len(parts))] if len(parts) > 1 else parts
    where = Q()
    for words in asked:
        where |= Q(terms__has=words)
    if not asked:
        return []
    rows = Subject.objects.public().standing().filter(where).exclude(pk=pk).order_by()
    return list(rows.values_list("pk", "name", "name_folded")[:NEIGHBOURS])


def _parts(folded: str) -> Iterator[str]:
    """What distinguishes a name, cut into pieces of two or three characters."""
    core = _core(folded)
    while len(core) >= 2:
        size = 3 if len(core) == 3 else 2
        yield core[:size]
        core = core[size:]


def _core(folded: str) -> str:
    for word in COMMON:
        folded = folded.replace(word, "")
    return folded


def _chunks(keys: list[int], size: int = 5_000) -> Iterator[list[int]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def describe(subject: Subject) -> dict[str, Any]:
    """What a steward compares, side by side."""
    return {
        "主体类别": subject.get_kind_display(),
        "统一社会信用代码": subject.code or "",
        "其他代码": "；".join(str(i) for i in subject.identifiers.all()),
        "曾用名": "、".join(n.name for n in subject.names.all() if n.name != subject.name),
        "法定代表人": subject.representative,
        "住所": subject.address,
        "核验情况": subject.get_verification_display(),
    }
