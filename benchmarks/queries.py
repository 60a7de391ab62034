"""What readers would look for in this database: drawn from its own rows, so that most of it is found."""

from random import Random
from urllib.parse import urlencode

from django.db.models import Max, Min

from records.models import PublicRecord, Subject

COMMON = (
    "有限公司",
    "惠州市",
    "食品",
    "餐饮",
    "许可",
    "罚款",
    "惠城区",
    "市场监督管理局",
    "建筑工程",
    "警告",
    "便利店",
    "五金制品",
)
# How offices write the same number.
BRACKETS = (("〔", "〕"), ("[", "]"), ("(", ")"), ("【", "】"), ("（", "）"))


def sample(random: Random, count: int) -> list[PublicRecord]:
    """Public rows from all over the ledger, by key: no sorting of the table."""
    ends = PublicRecord.objects.aggregate(first=Min("pk"), last=Max("pk"))
    keys = [random.randint(ends["first"], ends["last"]) for _ in range(count * 3)]
    found = PublicRecord.objects.filter(pk__in=keys).select_related("subject", "revision")
    return sorted(found, key=lambda row: row.pk)[:count]


def search_words(random: Random, count: int = 400) -> list[str]:
    """Rare and common pieces of two to eight characters, document numbers in any style, codes; a few of nothing."""
    rows = sample(random, count)
    words: list[str] = []
    for i, row in enumerate(rows):
        name, number = row.subject.name, row.revision.public["document_number"]
        match i % 8:
            case 0 | 1 | 2:
                length = min(len(name), random.randint(2, 8))
                start = random.randint(0, len(name) - length)
                words.append(name[start : start + length])
            case 3:
                words.append(random.choice(COMMON))
            case 4:
                left, right = random.choice(BRACKETS)
                words.append(number.replace("〔", left).replace("〕", right))
            case 5:
                words.append(row.subject.code or name)
            case 6:
                words.append(name.replace("有限公司", "")[-6:])
            case 7:
                words.append(random.choice(("不存在的某某公司", f"{random.choice(COMMON)}{name[3:5]}", name[3:5])))
    random.shuffle(words)
    return words


def search_paths(random: Random) -> list[str]:
    return [f"/api/v1/records/?{urlencode({'q': word})}" for word in search_words(random)]


def record_paths(random: Random, count: int = 300) -> list[str]:
    return [f"/records/{row.pk}/" for row in sample(random, count)]


def subject_paths(random: Random, count: int = 300) -> list[str]:
    bodies = set(
        Subject.objects.public()
        .filter(pk__in=[r.subject_id for r in sample(random, count)])
        .values_list("pk", flat=True)
    )
    return [f"/subjects/{pk}/" for pk in sorted(bodies)]


def list_paths(random: Random) -> list[str]:
    """Home and the lists a reader opens first, with the commonest filters."""
    agency = sample(random, 1)[0].agency_id
    return [
        "/",
        "/disclosure/licences/",
        "/disclosure/penalties/",
        "/disclosure/penalties/?on_time=no",
        f"/disclosure/licences/?agency={agency}",
        "/disclosure/penalties/?sort=amount",
        "/corrections/",
    ]
