"""Search over everything one may open: an index of each case's words, filled at the next start."""

import sqlalchemy as sa
from alembic import op

from db.models.search import SearchVector

revision = "0018"
down_revision = "0021"
branch_labels = None
depends_on = None

# The folded words are only letters, digits and "_", with spaces between: "ascii" keeps every other letter whole.
FTS5 = """
CREATE VIRTUAL TABLE search_index USING fts5(
    head, body, content='', tokenize="ascii tokenchars '_'", prefix='3'
)
"""
REMOVE = "INSERT INTO search_index(search_index, rowid, head, body) VALUES ('delete', old.case_id, old.head, old.body);"
ADD = "INSERT INTO search_index(rowid, head, body) VALUES (new.case_id, new.head, new.body);"
TRIGGERS = {
    "search_texts_added": f"AFTER INSERT ON search_texts BEGIN {ADD} END",
    "search_texts_removed": f"AFTER DELETE ON search_texts BEGIN {REMOVE} END",
    "search_texts_changed": f"AFTER UPDATE ON search_texts BEGIN {REMOVE} {ADD} END",
}


def upgrade() -> None:
    op.create_table(
        "search_texts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("head_vector", SearchVector(), nullable=True),
        sa.Column("body_vector", SearchVector(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_texts_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_texts")),
    )
    op.create_index(op.f("ix_search_texts_rule"), "search_texts", ["rule"])
    op.add_column("identities", sa.Column("search_words", sa.Text(), nullable=True))
    for name in ("head", "body"):
        op.create_index(
            f"ix_search_texts_{name}",
            "search_texts",
            [f"{name}_vector"],
            postgresql_using="gin",
            sqlite_where=sa.text(f"{name}_vector NOTNULL"),
        )
    if op.get_bind().dialect.name == "postgresql":
        for name in ("head", "body"):
            # Beside the row, not apart from it: a search for a common word looks at one row after another. And with
            # fewer words counted, a rare one would be taken for a common one.
            op.execute(f"ALTER TABLE search_texts ALTER COLUMN {name}_vector SET STORAGE MAIN")
            op.execute(f"ALTER TABLE search_texts ALTER COLUMN {name}_vector SET STATISTICS 1000")
        return
    op.execute(FTS5)
    for name, what in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {what}")


def downgrade() -> None:
    op.drop_table("search_texts")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    with op.batch_alter_table("identities") as batch:
        batch.drop_column("search_words")
