SELECT d.def_id, d.dbname
FROM unnest(
    $1::integer[], $2::bigint[], $3::text[],
    $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[]
) AS new (server, node, dbname, minutes, hours, day_month, month, weekday, code, extra)
JOIN backup_definition AS d ON
    d.backup_server_id = new.server AND d.pgsql_node_id = new.node AND d.dbname = new.dbname
    AND (d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron)
        = (new.minutes, new.hours, new.day_month, new.month, new.weekday)
    AND d.backup_code = new.code AND d.extra_backup_parameters = new.extra
ORDER BY d.def_id
