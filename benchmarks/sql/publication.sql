-- Approval and publication of one batch of penalties by hand: what `services.approve_batch` writes, in set-based SQL.
-- Text is not folded and free text not scrubbed here; both cost the product time that this baseline does not spend.

CREATE TEMP TABLE chosen ON COMMIT DROP AS
SELECT c.id AS record_id, r.id AS rule_id, r.visibility, r.title, r.basis, r.edition,
       (c.decided_on + make_interval(months => r.max_months))::date AS until,
       (c.decided_on + make_interval(months => r.min_months))::date AS repairable_from,
       r.visibility IN ('public', 'masked')
           AND (r.max_months IS NULL OR c.decided_on + make_interval(months => r.max_months) >= %(today)s) AS shown
FROM records_creditrecord c
JOIN records_subject s ON s.id = c.subject_id
LEFT JOIN LATERAL (
    SELECT * FROM records_publicationrule p
    WHERE p.kind = c.kind AND p.subject_kind IN ('', s.kind) AND p.tier IN ('', c.tier)
      AND p.in_force_from <= c.decided_on AND (p.in_force_to IS NULL OR p.in_force_to >= c.decided_on)
      AND (s.kind NOT IN ('official', 'natural_person') OR p.subject_kind = s.kind)
    ORDER BY (p.subject_kind <> '') DESC, (p.tier <> '') DESC, p.in_force_from DESC LIMIT 1
) r ON true
WHERE c.batch_id = %(batch)s AND c.status = 'submitted' AND c.kind = %(kind)s
  AND c.entered_by_id IS DISTINCT FROM %(reviewer)s
FOR UPDATE OF c;

UPDATE records_creditrecord c SET
    status = CASE WHEN x.shown THEN 'published' ELSE 'approved' END,
    approved_by_id = %(reviewer)s,
    visibility = coalesce(x.visibility, 'internal'),
    publication_rule_id = x.rule_id,
    repairable_from = x.repairable_from,
    publish_until = x.until,
    publish_from = CASE WHEN x.shown THEN %(today)s::date END,
    published_on = CASE WHEN x.shown THEN %(today)s::date END,
    version = CASE WHEN x.shown THEN c.version + 1 ELSE c.version END,
    updated_at = now()
FROM chosen x WHERE c.id = x.record_id;

UPDATE core_clock k SET finished_on = %(today)s FROM chosen x
WHERE k.object_type = 'records.creditrecord' AND k.object_id = x.record_id AND k.kind = 'disclosure'
  AND k.finished_on IS NULL;

INSERT INTO core_auditevent (at, action, actor_id, actor_name, actor_unit, actor_roles, door, request_id, object_type,
                             object_id, object_label, changes, reason)
SELECT now(), a.action, %(reviewer)s, '审核人', '', 'reviewer', 'staff', '', 'records.creditrecord', c.id,
       left(c.title || '（' || c.document_number || '）', 300),
       CASE WHEN a.action = 'records.published'
            THEN jsonb_build_object('publish_until', jsonb_build_array(NULL, x.until)) ELSE '{}'::jsonb END, ''
FROM chosen x JOIN records_creditrecord c ON c.id = x.record_id
CROSS JOIN (VALUES ('records.approved'), ('records.published')) AS a (action)
WHERE x.shown OR a.action = 'records.approved';

CREATE TEMP TABLE projected ON COMMIT DROP AS
SELECT c.id AS record_id, c.version, x.basis, x.until, md5(random()::text || c.id) AS salt, s.name, s.code AS subject_code,
       g.name AS agency_name, d.violation_type, d.penalty_category,
       coalesce(d.fine_amount, 0) + coalesce(d.confiscated_amount, 0) AS amount,
       jsonb_build_object(
           'record', c.id, 'version', c.version, 'kind', c.kind, 'kind_label', '行政处罚', 'state', 'published',
           'subject', jsonb_build_object('id', s.id, 'name', s.name, 'kind', s.kind, 'kind_label', '企业',
                                         'code', coalesce(s.code, '')),
           'agency', jsonb_build_object('id', g.id, 'name', g.name, 'code', g.code),
           'title', c.title, 'document_number', c.document_number, 'decided_on', c.decided_on,
           'effective_from', c.effective_from, 'effective_to', c.effective_to, 'tier', c.tier, 'tier_label', c.tier,
           'due_on', c.due_on, 'submitted_on', c.submitted_on, 'published_on', c.published_on,
           'on_time', c.published_on <= c.due_on, 'publish_until', c.publish_until,
           'repairable_from', c.repairable_from,
           'policy', jsonb_build_object('id', x.rule_id, 'title', x.title, 'basis', x.basis, 'edition', x.edition),
           'fields', (
               SELECT jsonb_agg(jsonb_build_object('name', f.name, 'code', f.code, 'label', f.label, 'type', f.type,
                                                   'value', f.value))
               FROM (VALUES
                   ('party_name', 'CF_XDR_MC', '行政相对人名称', 'text', s.name),
                   ('party_category', 'CF_XDR_LB', '行政相对人类别', 'choice', d.party_category),
                   ('uscc', 'CF_XDR_SHXYM', '行政相对人代码_1(统一社会信用代码)', 'uscc', d.uscc),
                   ('representative', 'CF_FRDB', '法定代表人', 'text', d.representative),
                   ('document_number', 'CF_WSH', '行政处罚决定书文号', 'text', c.document_number),
                   ('violation_type', 'CF_WFXW', '违法行为类型', 'long_text', d.violation_type),
                   ('facts', 'CF_SY', '违法事实', 'long_text', d.facts),
                   ('legal_basis', 'CF_YJ', '处罚依据', 'long_text', d.legal_basis),
                   ('penalty_category', 'CF_CFLB', '处罚类别', 'categories', d.penalty_category),
                   ('content', 'CF_NR', '处罚内容', 'long_text', d.content),
                   ('fine_amount', 'CF_NR_FK', '罚款金额（万元）', 'amount', d.fine_amount::text),
                   ('confiscated_amount', 'CF_NR_WFFF', '没收金额（万元）', 'amount', d.confiscated_amount::text),
                   ('revoked_certificate', 'CF_NR_ZKDX', '暂扣或吊销证照名称及编号', 'text', d.revoked_certificate),
                   ('decided_on', 'CF_JDRQ', '处罚决定日期', 'date', c.decided_on::text),
                   ('effective_to', 'CF_YXQ', '处罚有效期', 'date', c.effective_to::text),
                   ('authority', 'CF_CFJG', '处罚机关', 'text', d.authority),
                   ('authority_code', 'CF_CFJGDM', '处罚机关统一社会信用代码', 'uscc', d.authority_code),
                   ('source_unit', 'CF_SJLY', '数据来源单位', 'text', d.source_unit),
                   ('source_unit_code', 'CF_SJLYDM', '数据来源单位统一社会信用代码', 'uscc', d.source_unit_code)
               ) AS f (name, code, label, type, value)
               WHERE f.value <> ''
           )
       ) AS public
FROM chosen x
JOIN records_creditrecord c ON c.id = x.record_id
JOIN disclosure_penalty d ON d.record_id = c.id
JOIN records_subject s ON s.id = c.subject_id
JOIN records_subject g ON g.id = c.agency_id
WHERE x.shown;

INSERT INTO records_revision (record_id, version, act, at, reason, basis, actor_id, actor_name, actor_unit, door, public,
                              salt, digest)
SELECT record_id, version, 'published', now(), '', basis, %(reviewer)s, '审核人', '', 'staff', public, salt,
       encode(sha256(convert_to(salt || public::text, 'UTF8')), 'hex')
FROM projected;

INSERT INTO records_publicrecord (record_id, revision_id, kind, subject_id, agency_id, document_number_folded, decided_on,
                                  due_on, on_time, tier, state, amount, published_on, publish_until, terms)
SELECT c.id, v.id, c.kind, c.subject_id, c.agency_id, c.document_number_folded, c.decided_on, c.due_on,
       c.published_on <= c.due_on, c.tier, 'published', p.amount, c.published_on, c.publish_until, t.terms
FROM projected p
JOIN records_creditrecord c ON c.id = p.record_id
JOIN records_revision v ON v.record_id = c.id AND v.version = c.version
CROSS JOIN LATERAL (
    SELECT string_agg(quote_literal(substr(w.words, i, 2)) || ':' || i, ' ')::tsvector AS terms
    FROM (SELECT lower(concat(p.name, p.subject_code, c.document_number_folded, c.title, p.agency_name, p.violation_type,
                              p.penalty_category)) AS words) w
    CROSS JOIN generate_series(1, length(w.words) - 1) AS i
) t;
