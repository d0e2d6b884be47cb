INSERT INTO backup_definition (
    backup_server_id, pgsql_node_id, dbname,
    minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron,
    backup_code, retention_period, retention_redundancy,
    extra_backup_parameters, job_status, remarks, datoid
)
SELECT
    new.server, new.node::integer, new.dbname,
    new.minutes, new.hours, new.day_month, new.month, new.weekday,
    new.code, new.period::interval, new.redundancy,
    new.extra, new.status, new.remarks, new.datoid
FROM unnest(
    $1::integer[], $2::bigint[], $3::text[],
    $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::integer[],
    $12::text[], $13::text[], $14::text[], $15::oid[]
) WITH ORDINALITY AS new (
    server, node, dbname,
    minutes, hours, day_month, month, weekday,
    code, period, redundancy,
    extra, status, remarks, datoid, position
)
ORDER BY new.position
RETURNING def_id
