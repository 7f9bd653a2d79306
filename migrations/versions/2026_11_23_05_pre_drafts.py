"""Drafts: forms that are not submitted yet, each sealed to its person."""

from alembic import op

revision = "2026_11_23_05"
down_revision = "2026_11_23_04"
branch_labels = None
depends_on = None

DRAFTS = """
create table drafts (
  person uuid not null,
  id uuid not null,
  revision integer not null,
  key_id uuid not null,
  size_class integer not null,
  wrapped bytea not null,
  sealed bytea not null,
  recorded_at timestamptz not null,
  constraint pk_drafts primary key (person, id),
  constraint ck_drafts_revision check (revision >= 1)
)
"""


def upgrade() -> None:
    op.execute(DRAFTS)
    op.execute("alter table drafts alter column sealed set storage external")


def downgrade() -> None:
    op.execute("drop table drafts")
