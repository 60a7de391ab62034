"""The one page on which a person sees what the stand-in platform holds."""

import json
from datetime import datetime
from html import escape

from sharing.sandbox.store import Store
from sharing.sandbox.tables import PROFILES

PAGE = """<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}（模拟）</title>
<style>
body {{ font: 16px/1.7 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 75rem;
  padding: 0 1rem; color: #222; background: #fdfcfa; }}
h1 {{ font-size: 1.5rem; color: #123a6b; }} h2 {{ font-size: 1.15rem; margin-top: 2rem; }}
.note {{ border-left: 4px solid #b5382a; padding-left: .8rem; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #ddd; }}
.scroll {{ overflow-x: auto; }} summary {{ cursor: pointer; }} pre {{ white-space: pre-wrap; margin: 0; }}
</style></head><body>
<h1>{name}（模拟接收端）</h1>
<p class="note">这是用于演示和测试的模拟平台，不是真实的上级平台。
它按真实平台的方式验证签名、检查必填列与版本顺序。</p>
<p>现持有 <strong>{held}</strong> 条，已撤回 <strong>{recalled}</strong> 条，待入库 {waiting} 条；
收到 {batches} 批，重复报送 {duplicates} 次，退回 {refused} 次。</p>
<form method="get" action="/"><label>查找名称、文号或记录编号
<input name="q" value="{query}"></label> <button>查找</button></form>
<h2>最近收到的记录</h2>{items}
<h2>最近退回</h2>{refusals}
<h2>当前的模拟设置</h2><pre>{controls}</pre>
</body></html>
"""


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")


def _table(heads: list[str], rows: list[list[str]], empty: str) -> str:
    if not rows:
        return f"<p>{empty}</p>"
    head = "".join(f"<th scope='col'>{text}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class='scroll'><table><tr>{head}</tr>{body}</table></div>"


def _columns(text: str | None) -> str:
    if not text:
        return "内容已按撤回要求删除"
    lines = "\n".join(f"{name}：{value}" for name, value in json.loads(text).items())
    return f"<details><summary>查看各列</summary><pre>{escape(lines)}</pre></details>"


def overview_page(store: Store, query: str = "") -> str:
    facts = store.overview()
    items = [
        [
            escape(row["record"]),
            str(row["version"]),
            "已撤回" if row["recalled"] else "已入库",
            escape(row["table_code"]),
            escape(row["name"]) or "—",
            _time(row["received_at"]),
            _columns(row["columns"]),
        ]
        for row in store.latest(query)
    ]
    refusals = [
        [escape(row["record"]), str(row["version"]), row["code"], escape(row["column_code"]),
         escape(row["text"]), _time(row["answered_at"])]
        for row in store.last_refusals()
    ]  # fmt: skip
    return PAGE.format(
        name=PROFILES[store.platform].name,
        held=facts["held"],
        recalled=facts["recalled"],
        waiting=facts["waiting"],
        batches=facts["batches"],
        duplicates=facts["duplicates"],
        refused=facts["answers"].get("refused", 0),
        query=escape(query, quote=True),
        items=_table(
            ["记录编号", "版本", "状态", "目录", "主体", "收到时间", "内容"],
            items,
            "没有符合条件的记录。",
        ),
        refusals=_table(["记录编号", "版本", "代码", "列", "原因", "时间"], refusals, "没有退回的记录。"),
        controls=escape(json.dumps(facts["controls"], ensure_ascii=False, indent=1)),
    )
