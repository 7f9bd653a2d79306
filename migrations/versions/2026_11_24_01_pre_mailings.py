"""Whose address was given to the courier on which day, and whether a mail server took the mail."""

from alembic import op

revision = "2026_11_24_01"
down_revision = "2026_11_23_07"
branch_labels = None
depends_on = None

MAILINGS = """
create table mailings (
  person uuid not null,
  day date not null,
  id uuid not null,
  sent boolean not null default false,
  constraint pk_mailings primary key (person, day),
  constraint uq_mailings_id unique (id)
)
"""


def upgrade() -> None:
    op.execute(MAILINGS)
    op.execute("create index ix_deliveries_awaited on deliveries (person) where received_at is null")


def downgrade() -> None:
    op.execute("drop index ix_deliveries_awaited")
    op.execute("drop table mailings")
