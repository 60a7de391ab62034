-- A list of bodies looked up by hand: what `services.run_lookup` writes, in set-based SQL. Names are not folded, codes not
-- checked, older codes and successions not followed; all of that costs the product time that this baseline does not spend.

CREATE TEMP TABLE matched ON COMMIT DROP AS
SELECT l.id AS line_id, coalesce(s.merged_into_id, s.id) AS subject_id, 'code' AS matched_by
FROM creditfiles_lookupline l
JOIN records_subject s ON s.code = l.typed_code
WHERE l.lookup_id = %(lookup)s AND l.typed_code <> ''
UNION ALL
SELECT l.id, min(coalesce(s.merged_into_id, s.id)), 'name'
FROM creditfiles_lookupline l
JOIN records_subjectname n ON n.name_folded = l.typed_name
JOIN records_subject s ON s.id = n.subject_id
WHERE l.lookup_id = %(lookup)s AND l.typed_code = '' AND s.kind NOT IN ('official', 'natural_person')
GROUP BY l.id
HAVING count(DISTINCT coalesce(s.merged_into_id, s.id)) = 1;

ANALYZE matched;

CREATE TEMP TABLE counted ON COMMIT DROP AS
SELECT m.subject_id, c.kind, count(*) AS n
FROM (SELECT DISTINCT subject_id FROM matched) m
JOIN records_subject s ON s.id = m.subject_id OR s.merged_into_id = m.subject_id
JOIN records_creditrecord c ON c.subject_id = s.id
WHERE c.status IN ('approved', 'published') AND c.kind = 'penalty'
GROUP BY m.subject_id, c.kind;

CREATE TEMP TABLE listed ON COMMIT DROP AS
SELECT subject_id, jsonb_agg(jsonb_build_object(
    'record', id, 'version', version, 'kind', '行政处罚', 'title', title, 'document_number', document_number,
    'agency', agency, 'decided_on', decided_on,
    'effective_to', effective_to, 'state', CASE WHEN disputed THEN '异议处理中' ELSE '公示中' END
) ORDER BY decided_on DESC, id DESC) AS found
FROM (
    SELECT m.subject_id, c.id, c.version, c.title, c.document_number, a.name AS agency, c.decided_on, c.effective_to, c.disputed,
           row_number() OVER (PARTITION BY m.subject_id ORDER BY c.decided_on DESC, c.id DESC) AS place
    FROM (SELECT DISTINCT subject_id FROM matched) m
    JOIN records_subject s ON s.id = m.subject_id OR s.merged_into_id = m.subject_id
    JOIN records_creditrecord c ON c.subject_id = s.id
    JOIN records_subject a ON a.id = c.agency_id
    WHERE c.status IN ('approved', 'published') AND c.kind = 'penalty'
) newest
WHERE place <= 20
GROUP BY subject_id;

ANALYZE counted;
ANALYZE listed;

UPDATE creditfiles_lookupline l SET
    id_number = '',
    subject_id = m.subject_id,
    matched_by = coalesce(m.matched_by, ''),
    verdict = CASE WHEN m.subject_id IS NULL THEN 'unknown' WHEN c.n > 0 THEN 'found' ELSE 'clear' END,
    advice = CASE WHEN m.subject_id IS NULL THEN '主体库中没有此全称的主体。' ELSE '' END,
    found = coalesce(f.found, '[]'),
    found_count = coalesce(c.n, 0)
FROM creditfiles_lookupline x
LEFT JOIN matched m ON m.line_id = x.id
LEFT JOIN (SELECT subject_id, sum(n) AS n FROM counted GROUP BY subject_id) c ON c.subject_id = m.subject_id
LEFT JOIN listed f ON f.subject_id = m.subject_id
WHERE x.lookup_id = %(lookup)s AND l.id = x.id;

CREATE TEMP TABLE looked ON COMMIT DROP AS
WITH made AS (
    INSERT INTO creditfiles_querylog (at, user_id, user_name, unit, door, subject_id, subject_label, projection, purpose,
                                      legal_basis, reference, shown, lookup_id)
    SELECT q.at, q.user_id, q.user_name, q.unit, q.door, s.id, s.name, 'authorised', q.purpose, q.legal_basis,
           q.reference, coalesce(c.shown, '{}'), q.id
    FROM (SELECT DISTINCT subject_id FROM matched) m
    JOIN records_subject s ON s.id = m.subject_id
    JOIN creditfiles_lookup q ON q.id = %(lookup)s
    LEFT JOIN (SELECT subject_id, jsonb_object_agg(kind, n) AS shown FROM counted GROUP BY subject_id) c
        ON c.subject_id = m.subject_id
    RETURNING id, at, user_id, user_name, unit, door, subject_label, legal_basis, reference
)
SELECT * FROM made;

INSERT INTO core_auditevent (at, action, actor_id, actor_name, actor_unit, actor_roles, door, request_id, object_type,
                             object_id, object_label, changes, reason)
SELECT at, 'creditfiles.file_opened', user_id, user_name, unit, 'credit_office', door, '', 'creditfiles.querylog', id,
       subject_label || '（监督检查）', '{}', legal_basis || ' ' || reference
FROM looked;

UPDATE creditfiles_lookup SET status = 'done', judged_rows = total_rows WHERE id = %(lookup)s;
