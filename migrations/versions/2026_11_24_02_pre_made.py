"""An idempotency key also stands for what a request made that is no case: a fact, the paper of an entry."""

from alembic import op

revision = "2026_11_24_02"
down_revision = "2026_11_24_01"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table idempotency_keys alter column case_id drop not null, add column made uuid")
    op.execute(
        "alter table idempotency_keys add constraint ck_idempotency_keys_one check ((case_id is null) <> (made is null))"
    )


def downgrade() -> None:
    op.execute("delete from idempotency_keys where case_id is null")
    op.execute("alter table idempotency_keys drop constraint ck_idempotency_keys_one, drop column made")
    op.execute("alter table idempotency_keys alter column case_id set not null")
