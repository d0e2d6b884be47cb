-- The code tables. Their rows are in data/10_codes.sql.

CREATE TABLE server_status (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE backup_code (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE job_definition_status (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE at_definition_status (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE job_execution_status (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE job_execution_method (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE alert_type (
    code varchar(20) PRIMARY KEY,
    description text
);
