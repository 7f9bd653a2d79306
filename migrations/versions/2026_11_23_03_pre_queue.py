"""The queue: each person's cases by the last day of what runs next, so that a page of the list is its first rows."""

from alembic import op

revision = "2026_11_23_03"
down_revision = "2026_11_23_02"
branch_labels = None
depends_on = None

QUEUE = """
create table queue (
  person uuid not null,
  case_id uuid not null references cases (id),
  due date not null,
  told date not null,
  newest bigint not null,
  constraint pk_queue primary key (person, case_id)
)
"""
FILL = """
insert into queue (person, case_id, due, told, newest)
select f.person, c.id, coalesce(k.due, 'infinity'), coalesce(k.due, 'infinity'),
  -(extract(epoch from c.recorded_at) * 1000000)::bigint
from (select distinct person, case_id from facts where case_id is not null) f
join cases c on c.id = f.case_id
left join (select case_id, min(due) as due from clocks where state = 'running' group by case_id) k on k.case_id = c.id
"""


def upgrade() -> None:
    op.execute(QUEUE.replace("references cases (id)", "constraint fk_queue_case_id_cases references cases (id)"))
    op.execute("create index ix_queue_due on queue (person, due, newest, case_id)")
    op.execute("create index ix_queue_told on queue (person, told, newest, case_id)")
    op.execute("create index ix_queue_case_id on queue (case_id)")
    op.execute(FILL)


def downgrade() -> None:
    op.execute("drop table queue")
