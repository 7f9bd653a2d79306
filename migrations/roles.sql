-- What each process may do in the database. Run by the owner after every migration; the roles themselves are made by the operator
-- (or, for the embedded default, by service/embedded.py). Nobody here may change or remove an event, a record, a leaf or a checkpoint.
-- tests/store/test_rights.py holds the reviewed list of every right.

revoke all on all tables in schema public from public, hozen_web, hozen_worker, hozen_keyholder;

grant usage on schema public to hozen_web, hozen_worker, hozen_keyholder;

-- Acts: by persons through the web, by lapse of time through the worker, which begins no case and reads no part and no fact.
grant select on cases, events, clocks, records, leaves, checkpoints to hozen_web, hozen_worker;

grant insert on events, parts, clocks to hozen_web, hozen_worker;

grant update (state, version, label, compartment, for_person) on cases to hozen_web, hozen_worker;

grant update (state, due, start) on clocks to hozen_web, hozen_worker;

-- The order of everybody's list: it proves nothing and opens nothing.
grant select on queue to hozen_web, hozen_worker;

grant insert on queue to hozen_web;

grant update (due, told) on queue to hozen_web, hozen_worker;

grant select on road_steps, approvals, idempotency_keys to hozen_web;

grant insert on cases, facts, approvals, idempotency_keys to hozen_web;

-- `wrapped` is for the keyholder alone; `sealed` is fetched by the web only for parts too large for the keyholder's answer.
grant select (id, case_id, document, version, label, compartment, key_id, size_class, sealed, recorded_at) on parts to hozen_web;

grant update (label, compartment, key_id, wrapped) on parts to hozen_web;

grant select (id, person, case_id) on facts to hozen_web;

-- Parts on their way in: put, moved by the act that files them, dropped where it does not come; the worker sweeps what a crash left.
grant select, insert, delete on staged_parts to hozen_web;

grant select (recorded_at), delete on staged_parts to hozen_worker;

-- What the examination system is told: begun by acts, numbered and acknowledged through the web, signed by the keyholder over what stands.
grant select on stay_events to hozen_web, hozen_keyholder;

grant insert on stay_events to hozen_web, hozen_worker;

grant update (number, received_at) on stay_events to hozen_web;

-- Notices: numbered in the act that gives them, laid out for their addressees, received by these.
grant select, insert on registers, deliveries to hozen_web;

grant update (last) on registers to hozen_web;

grant update (received_at, record) on deliveries to hozen_web;

-- The log: `xid` is the database's own word, given by its default and by nobody else.
grant insert (id, writer, number, body) on records to hozen_web, hozen_worker, hozen_keyholder;

grant insert on leaves, checkpoints to hozen_worker;

grant select on cases, parts, facts to hozen_keyholder;
-- to tell that an applicant got a pre-designation notice before (66(2)): which step, when, and whether it was taken back
grant select (id, case_id, name, happened_on, supersedes, annuls) on events to hozen_keyholder;

-- A receipt is signed over the record as it stands in the store, asked for by its id.
grant select (id, body) on records to hozen_keyholder;

grant insert, update, delete on facts to hozen_keyholder;

-- Drafts: the web seals, stores and drops them; what opens one (`wrapped`) is for the keyholder alone.
grant select (person, id, revision, key_id, size_class, sealed, recorded_at) on drafts to hozen_web;

grant insert, delete on drafts to hozen_web;

grant update (revision, key_id, size_class, wrapped, sealed, recorded_at) on drafts to hozen_web;

grant select (person, id, revision, key_id, wrapped) on drafts to hozen_keyholder;

-- Mails: for whom something lies unreceived or a clock has risen, whose address was given to the courier today, and whether it was sent; never of which case.
grant select (person, received_at) on deliveries to hozen_keyholder;

grant select, insert (id, person, day), update (sent) on mailings to hozen_keyholder;

grant select (case_id, limit_name, due, state) on clocks to hozen_keyholder;

grant select (person, case_id) on queue to hozen_keyholder;
