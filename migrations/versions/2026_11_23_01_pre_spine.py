"""The spine: cases, events, parts, facts, clocks, approvals, records, leaves, checkpoints, and the triggers that hold them."""

from pathlib import Path

from alembic import op

revision = "2026_11_23_01"
down_revision = None
branch_labels = None
depends_on = None

TABLES = "checkpoints leaves records idempotency_keys approvals clocks facts parts events cases road_steps".split()
FUNCTIONS = "case_moves_by_event event_was_taken case_was_begun stays_as_written".split()


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text()
    for statement in script.split("\n\n"):
        op.execute(statement.strip())


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"drop table {table}")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}()")
