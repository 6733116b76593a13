#!/bin/sh
# Prepares an empty PostgreSQL server: the owner of the tables, the run-time role that owns nothing, the database.
# The postgres image runs it on its first start. Elsewhere: run it as an administrator with both passwords set.
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=owner="$TRACKER_OWNER_PASSWORD" --set=app="$TRACKER_APP_PASSWORD" <<'SQL'
CREATE ROLE tracker_owner LOGIN PASSWORD :'owner';
CREATE ROLE tracker_app LOGIN PASSWORD :'app';
CREATE DATABASE protocoltracker OWNER tracker_owner ENCODING 'UTF8';
REVOKE ALL ON DATABASE protocoltracker FROM PUBLIC;
GRANT CONNECT ON DATABASE protocoltracker TO tracker_app;
SQL
