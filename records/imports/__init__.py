"""Batch imports (批量导入): upload, check, correct, commit. Rooms bring their tables as importers."""

from records.imports.claims import unattended
from records.imports.importers import importer_of, importers, register
from records.imports.running import check_batch, run_commit
from records.imports.services import (
    abandon,
    commit_batch,
    correct_row,
    counts,
    create_batch,
    drop_row,
    forget_files,
    form_values,
    head,
    importable_agencies,
    preview,
    remap,
)
from records.imports.workbooks import write_rejected, write_template

__all__ = [
    "abandon",
    "check_batch",
    "commit_batch",
    "correct_row",
    "counts",
    "create_batch",
    "drop_row",
    "forget_files",
    "form_values",
    "head",
    "importable_agencies",
    "importer_of",
    "importers",
    "preview",
    "register",
    "remap",
    "run_commit",
    "unattended",
    "write_rejected",
    "write_template",
]
