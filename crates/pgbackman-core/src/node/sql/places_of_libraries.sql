SELECT c.setting, pg_catalog.current_setting('dynamic_library_path')
FROM pg_catalog.pg_config() AS c
WHERE c.name OPERATOR(pg_catalog.=) 'PKGLIBDIR'
