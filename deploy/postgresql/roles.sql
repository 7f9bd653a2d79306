-- Run once by PostgreSQL's superuser, before `create database hozen owner hozen_owner template template0 encoding 'UTF8'`.
-- What each role may do with which table is in migrations/roles.sql and is laid after every migration.
do $$
declare
    name text;
begin
    foreach name in array array['hozen_owner', 'hozen_web', 'hozen_worker', 'hozen_keyholder'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', name);
        end if;
    end loop;
end
$$;
