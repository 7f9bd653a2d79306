-- What each process may do in the database. Run by the owner after every migration; the roles themselves are made by the operator
-- (or, for the embedded default, by service/embedded.py). Nobody here may change or remove an event, a record, a leaf or a checkpoint.

revoke all on all tables in schema public from public, hozen_web, hozen_worker, hozen_keyholder;

grant usage on schema public to hozen_web, hozen_worker, hozen_keyholder;

grant select on road_steps, cases, events, clocks, approvals, idempotency_keys, records, leaves, checkpoints to hozen_web, hozen_worker;

grant insert on cases, events, parts, facts, clocks, approvals, idempotency_keys, records to hozen_web, hozen_worker;

grant update (state, version, label, compartment) on cases to hozen_web, hozen_worker;

-- `wrapped` is for the keyholder alone; `sealed` is fetched by the web only for parts too large for the keyholder's answer.
grant select (id, case_id, document, version, label, compartment, key_id, size_class, sealed, recorded_at) on parts to hozen_web, hozen_worker;

grant update (label, compartment, key_id, wrapped) on parts to hozen_web, hozen_worker;

grant select (id, person, case_id) on facts to hozen_web, hozen_worker;

grant update (state, due, start) on clocks to hozen_web, hozen_worker;

grant insert on leaves, checkpoints to hozen_worker;

grant select on cases, parts, facts to hozen_keyholder;

grant insert, update, delete on facts to hozen_keyholder;

grant insert on records to hozen_keyholder;
