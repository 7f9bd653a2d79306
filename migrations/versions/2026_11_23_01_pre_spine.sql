create table cases (
  id uuid not null,
  kind varchar not null,
  state varchar not null,
  version integer not null,
  label varchar not null,
  compartment varchar,
  recorded_at timestamptz not null,
  constraint pk_cases primary key (id),
  constraint ck_cases_version check (version >= 1),
  constraint ck_cases_label check (label in ('application', 'designated', 'released'))
);

create table checkpoints (
  size bigint not null,
  note varchar not null,
  constraint pk_checkpoints primary key (size)
);

create table facts (
  id uuid not null,
  person uuid not null,
  case_id uuid,
  tag bytea,
  body bytea not null,
  constraint pk_facts primary key (id)
);

create index ix_facts_case on facts (case_id);

create index ix_facts_person_case on facts (person, case_id);

create unique index uq_facts_tag on facts (tag) where tag is not null;

create table records (
  id uuid not null,
  writer uuid not null,
  number bigint not null,
  body bytea not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_records primary key (id),
  constraint uq_records_writer unique (writer, number),
  constraint ck_records_number check (number >= 1)
);

create index ix_records_xid on records (xid);

create table road_steps (
  kind varchar not null,
  source varchar not null,
  name varchar not null,
  target varchar not null,
  constraint pk_road_steps primary key (kind, source, name, target)
);

create table approvals (
  id uuid not null,
  case_id uuid not null,
  version integer not null,
  act varchar not null,
  digest bytea not null,
  person uuid not null,
  part_id uuid not null,
  recorded_at timestamptz not null,
  constraint pk_approvals primary key (id),
  constraint uq_approvals_case_id unique (case_id, version, act, digest, person),
  constraint fk_approvals_case_id_cases foreign key (case_id) references cases (id)
);

create table events (
  id uuid not null,
  case_id uuid not null,
  kind varchar not null,
  version integer not null,
  source varchar not null,
  name varchar not null,
  target varchar not null,
  happened_on date not null,
  until date,
  recorded_at timestamptz not null,
  person uuid not null,
  document varchar,
  part_id uuid,
  supersedes uuid,
  annuls boolean not null,
  application varchar,
  constraint pk_events primary key (id),
  constraint uq_events_case_id unique (case_id, version),
  constraint uq_events_supersedes unique (supersedes),
  constraint fk_events_road_steps foreign key (kind, source, name, target) references road_steps (kind, source, name, target),
  constraint ck_events_supersedes check ((name = 'correct') = (supersedes is not null)),
  constraint ck_events_annuls check (not annuls or supersedes is not null),
  constraint ck_events_application check (application is null or source = ''),
  constraint fk_events_case_id_cases foreign key (case_id) references cases (id),
  constraint fk_events_supersedes_events foreign key (supersedes) references events (id)
);

create table idempotency_keys (
  tag bytea not null,
  digest bytea not null,
  case_id uuid not null,
  recorded_at timestamptz not null,
  constraint pk_idempotency_keys primary key (tag),
  constraint fk_idempotency_keys_case_id_cases foreign key (case_id) references cases (id)
);

create table leaves (
  idx bigint not null,
  record uuid not null,
  hash bytea not null,
  constraint pk_leaves primary key (idx),
  constraint uq_leaves_record unique (record),
  constraint ck_leaves_idx check (idx >= 0),
  constraint fk_leaves_record_records foreign key (record) references records (id)
);

create table parts (
  id uuid not null,
  case_id uuid not null,
  document varchar not null,
  version integer not null,
  label varchar not null,
  compartment varchar,
  key_id uuid not null,
  size_class integer not null,
  wrapped bytea not null,
  sealed bytea not null,
  recorded_at timestamptz not null,
  constraint pk_parts primary key (id),
  constraint ck_parts_label check (label in ('application', 'designated', 'released')),
  constraint ck_parts_version check (version >= 1),
  constraint fk_parts_case_id_cases foreign key (case_id) references cases (id)
);

create index ix_parts_case_id on parts (case_id);

create table clocks (
  id uuid not null,
  case_id uuid not null,
  limit_name varchar not null,
  start_event uuid not null,
  start date not null,
  due date not null,
  state varchar not null,
  constraint pk_clocks primary key (id),
  constraint uq_clocks_case_id unique (case_id, limit_name, start_event),
  constraint ck_clocks_state check (state in ('running', 'met', 'stopped', 'superseded')),
  constraint fk_clocks_case_id_cases foreign key (case_id) references cases (id),
  constraint fk_clocks_start_event_events foreign key (start_event) references events (id)
);

create index ix_clocks_due on clocks (due) where state = 'running';

alter table parts alter column sealed set storage external;

-- A case moves only by an event: version by one, from the state it is in to the state the event leads to.
create function case_moves_by_event() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.kind <> old.kind or new.recorded_at <> old.recorded_at then
    raise exception 'case %: identity never changes', old.id using errcode = 'check_violation';
  end if;
  if new.version <> old.version + 1 or not exists (
    select from events e where e.case_id = old.id and e.version = new.version
      and e.kind = old.kind and e.source = old.state and e.target = new.state
  ) then
    raise exception 'case %: no event leads from % to %', old.id, old.state, new.state using errcode = 'check_violation';
  end if;
  return new;
end $$;

create trigger case_moves_by_event before update on cases for each row execute function case_moves_by_event();

-- At COMMIT every event is one the case has taken, and every case began with one. A correction is of the same case, and moves it only
-- where it takes an entry back.
create function event_was_taken() returns trigger language plpgsql as $$
begin
  if not exists (select from cases c where c.id = new.case_id and c.kind = new.kind and c.version >= new.version) then
    raise exception 'event %: the case did not take it', new.id using errcode = 'check_violation';
  end if;
  if new.supersedes is not null and not exists (
    select from events e where e.id = new.supersedes and e.case_id = new.case_id and e.version < new.version
  ) then
    raise exception 'event %: it corrects an entry of another case', new.id using errcode = 'check_violation';
  end if;
  if new.name = 'correct' and new.source <> new.target and not new.annuls then
    raise exception 'event %: only taking back moves a case back', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;

create constraint trigger event_was_taken after insert on events deferrable initially deferred for each row execute function event_was_taken();

create function case_was_begun() returns trigger language plpgsql as $$
begin
  if new.version <> 1 or not exists (
    select from events e where e.case_id = new.id and e.version = 1 and e.kind = new.kind and e.source = '' and e.target = new.state
  ) then
    raise exception 'case %: no event began it', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;

create constraint trigger case_was_begun after insert on cases deferrable initially deferred for each row execute function case_was_begun();

-- What was written stays as it was written, for every role that obeys triggers.
create function stays_as_written() returns trigger language plpgsql as $$
begin
  raise exception '%: rows are never changed or removed', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger events_stay before update or delete or truncate on events for each statement execute function stays_as_written();

create trigger records_stay before update or delete or truncate on records for each statement execute function stays_as_written();

create trigger leaves_stay before update or delete or truncate on leaves for each statement execute function stays_as_written();

create trigger checkpoints_stay before update or delete or truncate on checkpoints for each statement execute function stays_as_written();
