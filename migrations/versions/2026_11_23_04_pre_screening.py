"""Screening: which cases a person must look at. Cases begun before are looked at by persons, as they were."""

from alembic import op

revision = "2026_11_23_04"
down_revision = "2026_11_23_03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table cases add column for_person boolean not null default false")


def downgrade() -> None:
    op.execute("alter table cases drop column for_person")
