"""Actions of the audit trail that this room writes."""

from core import audit

audit.register(
    records_submitted="提交审核",
    records_approved="审核通过",
    records_returned="退回",
    records_discarded="作废",
    records_edited="修改",
    records_entered="录入",
    records_published="公示",
    records_corrected="更正",
    records_withdrawn="撤下",
    records_expired="公示期满",
    records_repaired="信用修复",
    records_disputed="异议受理",
    records_dispute_closed="异议办结",
    records_change_proposed="申请变更",
    records_change_accepted="同意变更",
    records_change_refused="退回变更",
    records_import_uploaded="上传导入文件",
    records_import_committed="导入入库",
    records_import_abandoned="放弃导入",
    records_import_row_corrected="改正导入行",
    records_import_row_dropped="不导入该行",
    records_import_remapped="重新对应导入列",
    records_key_issued="签发接口密钥",
    records_key_revoked="吊销接口密钥",
    records_subject_created="建立主体",
    records_subject_renamed="主体更名",
    records_identity_revealed="查看证件号码",
)
