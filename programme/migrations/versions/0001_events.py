"""The log of events, and the triggers that keep every line as it was written, on both engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A line is changed by nobody. `insert or replace` removes a line without a trigger of its own, so an insert must
# carry the next number and nothing that another line has.
SQLITE = (
    """create trigger events_append before insert on events
    when new.number is not (select coalesce(max(number), 0) + 1 from events)
        or exists (select 1 from events where hash = new.hash or once = new.once)
    begin select raise(abort, 'events are only appended'); end""",
    "create trigger events_update before update on events begin select raise(abort, 'events are only appended'); end",
    "create trigger events_delete before delete on events begin select raise(abort, 'events are only appended'); end",
)
POSTGRESQL = (
    """create function events_refuse() returns trigger language plpgsql as
    $$ begin raise exception 'events are only appended'; end $$""",
    """create function events_append() returns trigger language plpgsql as
    $$ begin
        if new.number is distinct from (select coalesce(max(number), 0) + 1 from events) then
            raise exception 'events are only appended';
        end if;
        return new;
    end $$""",
    "create trigger events_append before insert on events for each row execute function events_append()",
    "create trigger events_update before update or delete on events for each row execute function events_refuse()",
    "create trigger events_truncate before truncate on events for each statement execute function events_refuse()",
)


def upgrade() -> None:
    """Make the table and its triggers."""
    op.create_table(
        "events",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("moment", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("municipality_code", sa.String(7)),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("once", sa.String(120), unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    for column in ("moment", "kind", "subject", "municipality_code"):
        op.create_index(f"ix_events_{column}", "events", [column])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: a log is not taken away by a command."""
    raise NotImplementedError("a log of events is not taken away")
