SELECT
    r.level,
    r.backup_server_id::text, s.fqdn, lpad(r.pgsql_node_id::text, greatest(6, length(r.pgsql_node_id::text)), '0'), n.fqdn,
    r.dbname,
    CASE WHEN r.level <> 'DATABASE' THEN r.path END,
    r.backups::text,
    readable_bytes(r.used),
    readable_bytes(r.within_day), readable_bytes(r.within_week), readable_bytes(r.within_month),
    coalesce(CASE WHEN r.growth > 0 THEN '+' ELSE '' END || readable_bytes(r.growth), 'unknown'),
    CASE WHEN r.level IN ('SERVER', 'DISK') THEN coalesce(
        readable_bytes(r.free) || ' of ' || readable_bytes(r.bytes), 'unknown'
    ) END,
    CASE WHEN r.level IN ('SERVER', 'DISK') THEN CASE
        WHEN r.free IS NULL OR r.growth IS NULL THEN 'unknown'
        WHEN r.days_left IS NULL THEN 'not at this rate'
        WHEN r.days_left < 1 THEN 'less than a day'
        WHEN r.days_left < 2 THEN '1 day'
        WHEN r.days_left > 3650 THEN 'more than 10 years'
        ELSE floor(r.days_left) || ' days'
    END END
