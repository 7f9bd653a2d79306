"""Stay events: what the examination system is told of each case's stay (66(7)), one row a change; those of the past are filled in."""

from alembic import op

revision = "2026_11_23_06"
down_revision = "2026_11_23_05"
branch_labels = None
depends_on = None

TABLE = """
create table stay_events (
  event_id uuid not null,
  case_id uuid not null,
  what varchar not null,
  day date not null,
  number bigint,
  received_at timestamptz,
  constraint pk_stay_events primary key (event_id),
  constraint fk_stay_events_event_id_events foreign key (event_id) references events (id),
  constraint fk_stay_events_case_id_cases foreign key (case_id) references cases (id),
  constraint uq_stay_events_number unique (number),
  constraint ck_stay_events_what check (what in ('hold', 'resume'))
)
"""
FREED = "('NOT_SENT', 'UNSENT_LAPSED', 'NOT_DESIGNATED', 'RELEASED', 'OUT_OF_SCOPE_PCT')"
FILL = f"""
insert into stay_events (event_id, case_id, what, day)
select id, case_id, case when target in {FREED} then 'resume' else 'hold' end, happened_on from events
where kind = 'filing' and (source = '' or (target in {FREED}) <> (source in {FREED})) and target <> 'DISMISSED'
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("create index ix_stay_events_unnumbered on stay_events (event_id) where number is null")
    op.execute(FILL)


def downgrade() -> None:
    op.execute("drop table stay_events")
