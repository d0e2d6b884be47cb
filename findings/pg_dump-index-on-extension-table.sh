#!/bin/sh
# pg_dump 17.10 leaves out an index, a trigger and a policy that an operator made on a table of an extension, without a message.
#
# They are no members of the extension, so CREATE EXTENSION does not make them; but pg_dump skips whatever belongs to
# a table that it does not dump the definition of. Rows of such a table are dumped where the extension marks it as configuration.
. "$(dirname "$0")/lib/postgresql.sh"

share=$("$bin/pg_config" --sharedir)
printf "default_version = '1.0'\nrelocatable = true\n" >"$share/extension/jobs.control"
printf "CREATE TABLE job (id int, name text);\nSELECT pg_catalog.pg_extension_config_dump('job', '');\n" >"$share/extension/jobs--1.0.sql"
sql -c 'CREATE EXTENSION jobs' -c "INSERT INTO job VALUES (1, 'nightly')" \
    -c 'CREATE UNIQUE INDEX job_name ON job (name)' \
    -c 'CREATE POLICY own_jobs ON job USING (true)' \
    -c "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'" \
    -c 'CREATE TRIGGER keep BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION same()'
seen 'index that is a member of the extension' 0 \
    "$(sql -c "SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid = 'job_name'::regclass")"
status=0
"$bin/pg_dump" -f "$work/dump.sql" 2>"$work/messages" || status=$?

seen 'exit status of pg_dump' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'rows of the table in the dump' 1 "$(grep -c 'nightly' "$work/dump.sql")"
seen 'index, policy and trigger in the dump' 0 "$(grep -c -E 'job_name|own_jobs|TRIGGER keep' "$work/dump.sql" || true)"
