"""Registers of notices, numbered without gaps, and to whom each notice was delivered."""

from alembic import op

revision = "2026_11_23_07"
down_revision = "2026_11_23_06"
branch_labels = None
depends_on = None

REGISTERS = """
create table registers (
  office varchar not null,
  year integer not null,
  last integer not null,
  constraint pk_registers primary key (office, year)
)
"""
DELIVERIES = """
create table deliveries (
  event_id uuid not null,
  person uuid not null,
  received_at timestamptz,
  record uuid,
  constraint pk_deliveries primary key (event_id, person),
  constraint fk_deliveries_event_id_events foreign key (event_id) references events (id),
  constraint ck_deliveries_received check ((received_at is null) = (record is null))
)
"""


def upgrade() -> None:
    op.execute(REGISTERS)
    op.execute(DELIVERIES)


def downgrade() -> None:
    op.execute("drop table deliveries")
    op.execute("drop table registers")
