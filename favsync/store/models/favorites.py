"""Today's lists, how they came to be, and what is wished for them."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped

from favsync.model import Action, OperationOutcome, OperationState
from favsync.store.models.base import Base, doc, one_of, options, yes_or_no


class FavoriteRow(Base):
    __tablename__ = "favorites"
    __table_args__ = (
        yes_or_no("is_placed"),
        yes_or_no("is_tied"),
        # Newest first, as people ask for them: SQLite then meets the rows of a LIMIT before it computes all the others.
        Index("uq_favorites_account_id_sort_key", "account_id", text("sort_key DESC"), unique=True),
        options("Today's lists. A favorite that went is in `favorite_events` only.", rowid=False),
    )

    account_id: Mapped[int] = doc("Whose favorite.", ForeignKey("accounts.id"), primary_key=True)
    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"), primary_key=True)
    sort_key: Mapped[int] = doc("Higher is newer. The numbers themselves mean nothing and may change.")
    is_placed: Mapped[bool] = doc("0 when the listing never showed where it stands; then it is kept at the end.")
    is_tied: Mapped[bool] = doc(
        "1 when it shares its time with its neighbours: the site has no order of them, and this one means nothing.",
        server_default=text("0"),
    )
    first_seen_at: Mapped[str] = doc("When favsync first saw it. The site does not tell when it was made a favorite.")
    absent_since_run_id: Mapped[int | None] = doc(
        "The complete run that first missed it, for a list read without its owner's key; NULL as a rule.",
        ForeignKey("runs.id"),
    )
    run_id: Mapped[int] = doc("The run that last wrote the row.", ForeignKey("runs.id"))


class FavoriteEventRow(Base):
    __tablename__ = "favorite_events"
    __table_args__ = (
        one_of("kind", ("added", "removed")),
        one_of(
            "reason",
            (
                *("listed", "pushed", "unfavorited", "moved_to_parent", "destroyed", "unlisted", "added_again"),
                "unknown",
            ),
        ),
        Index(None, "account_id", "post_id"),
        options("What came and went, in order. Rows are only ever added."),
    )

    id: Mapped[int] = doc("Grows with time.", primary_key=True)
    account_id: Mapped[int] = doc("Whose favorite.", ForeignKey("accounts.id"))
    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"))
    kind: Mapped[str] = doc("`added` or `removed`.")
    reason: Mapped[str] = doc(
        "Added: `listed` on the site, or `pushed` from the queue. Removed: `unfavorited` on the site, `pushed` from"
        " the queue, `moved_to_parent` by the site's staff, `destroyed` with the post, `unlisted` in two readings that"
        " agree (for a list read without its owner's key), `unknown` where it may have been the user or the site's"
        " staff and the site did not say who. `added_again` is both: it was removed and added again between two runs,"
        " and stands at the top."
    )
    related_post_id: Mapped[int | None] = doc("For `moved_to_parent`: the parent.")
    sort_key: Mapped[int | None] = doc("For `added`: its `favorites.sort_key` from then on; NULL for `removed`.")
    run_id: Mapped[int] = doc("The run that found out.", ForeignKey("runs.id"))
    happened_at: Mapped[str] = doc("When favsync found out: the site does not tell when it happened.")


class FavoritePlacementRow(Base):
    __tablename__ = "favorite_placements"
    __table_args__ = (
        options(
            "Each `sort_key` of a favorite that changed while it stayed: with the events, the order of any past list.",
            rowid=False,
        ),
    )

    account_id: Mapped[int] = doc("Whose favorite.", ForeignKey("accounts.id"), primary_key=True)
    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"), primary_key=True)
    run_id: Mapped[int] = doc("The run that changed it.", ForeignKey("runs.id"), primary_key=True)
    sort_key: Mapped[int] = doc("The key from then on.")


class OperationRow(Base):
    __tablename__ = "operations"
    __table_args__ = (
        one_of("action", Action),
        one_of("state", OperationState),
        one_of("outcome", OperationOutcome),
        Index("uq_operations_pending", "account_id", "post_id", unique=True, sqlite_where=text("state = 'pending'")),
        Index(
            "ix_operations_unnoticed",
            "account_id",
            sqlite_where=text("pushed_run_id IS NOT NULL AND noticed_run_id IS NULL"),
        ),
        Index(None, "account_id", "state"),
        options("The queue: each wish to add or remove one favorite, and how it ended."),
    )

    id: Mapped[int] = doc("Grows with time.", primary_key=True)
    account_id: Mapped[int] = doc("Whose wish.", ForeignKey("accounts.id"))
    post_id: Mapped[int] = doc("The post. It need not be in `posts`.")
    action: Mapped[str] = doc("`add` or `remove`.")
    state: Mapped[str] = doc(
        "`pending`: waits for the next sync; `done`: the site has it so; `failed`: refused for good;"
        " `superseded`: cancelled, or replaced by a later wish for the same post."
    )
    outcome: Mapped[str | None] = doc(
        "`applied`, `already` so, `refused`, `later` (stays pending), `cancelled` or `replaced`;"
        " NULL before the first try."
    )
    reason: Mapped[str | None] = doc("Why, in words, when it is not simply done.")
    attempts: Mapped[int] = doc(
        "How often the site was asked since it was queued, or queued again.", server_default=text("0")
    )
    created_at: Mapped[str] = doc("When it was wished.")
    updated_at: Mapped[str] = doc("When the row last changed.")
    settled_at: Mapped[str | None] = doc("When it ended; NULL while it is pending.")
    run_id: Mapped[int | None] = doc("The run that last tried it.", ForeignKey("runs.id"))
    pushed_run_id: Mapped[int | None] = doc(
        "The run in which the site came to have it so (`applied` or `already`), superseded meanwhile or not.",
        ForeignKey("runs.id"),
    )
    noticed_run_id: Mapped[int | None] = doc("The run whose pull took that into account.", ForeignKey("runs.id"))
