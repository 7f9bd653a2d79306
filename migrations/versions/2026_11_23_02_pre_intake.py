"""Intake: parts that wait for their filing, sealed; and which record an event left, so that a receipt can name it."""

from alembic import op

revision = "2026_11_23_02"
down_revision = "2026_11_23_01"
branch_labels = None
depends_on = None

STAGED = """
create table staged_parts (
  id uuid not null,
  case_id uuid not null,
  document varchar not null,
  key_id uuid not null,
  size_class integer not null,
  wrapped bytea not null,
  sealed bytea not null,
  recorded_at timestamptz not null,
  constraint pk_staged_parts primary key (id)
)
"""


def upgrade() -> None:
    op.execute(STAGED)
    op.execute("create index ix_staged_parts_case_id on staged_parts (case_id)")
    op.execute("alter table staged_parts alter column sealed set storage external")
    op.execute("alter table events add column record uuid")
    op.execute(
        "alter table events add constraint fk_events_record_records foreign key (record) references records (id)"
        " deferrable initially deferred"
    )


def downgrade() -> None:
    op.execute("alter table events drop column record")
    op.execute("drop table staged_parts")
