"""The site, its accounts, and what each run did."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from favsync.model import RunKind, RunOutcome
from favsync.store.models.base import Base, doc, one_of, options, yes_or_no


class SiteRow(Base):
    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_site"),
        options("The one site that this database is about, for ever."),
    )

    id: Mapped[int] = doc("Always 1.", primary_key=True)
    url: Mapped[str] = doc("Where the site is, without a slash at the end.")
    created_at: Mapped[str] = doc("When it was first named.")


class AccountRow(Base):
    __tablename__ = "accounts"
    __table_args__ = (
        yes_or_no("is_public"),
        UniqueConstraint("name"),
        options("The users on the site whose favorites are kept."),
    )

    id: Mapped[int] = doc("Favsync's own number for the account.", primary_key=True)
    name: Mapped[str] = doc("The local name, unique without regard to case.", Text(collation="NOCASE"))
    username: Mapped[str] = doc("The user's name on the site, as last seen there.")
    site_user_id: Mapped[int] = doc("The user's id on the site; it stays when the name changes.")
    is_public: Mapped[bool] = doc("1 when the list is read without an API key; then nothing can be added or removed.")
    created_at: Mapped[str] = doc("When the account was added here.")
    favorite_count: Mapped[int | None] = doc(
        "The site's own counter when last asked: a hint, it has drifted in the past."
    )
    favorite_limit: Mapped[int | None] = doc("How many favorites the site lets this user keep; NULL when not told.")
    count_drift: Mapped[int] = doc(
        "The site's counter less the favorites that two readings agreed on.", server_default=text("0")
    )


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = (
        one_of("kind", RunKind),
        one_of("outcome", RunOutcome),
        yes_or_no("is_base"),
        Index(None, "account_id"),
        options("One row for each sync of one account; whatever a sync writes points to its run."),
    )

    id: Mapped[int] = doc("Grows with time.", primary_key=True)
    account_id: Mapped[int | None] = doc(
        "Whose list; NULL once the account was removed here.", ForeignKey("accounts.id")
    )
    started_at: Mapped[str] = doc("When it began.")
    finished_at: Mapped[str | None] = doc(
        "When it ended; NULL while it runs, or after it was killed until the next run."
    )
    kind: Mapped[str] = doc("`full`: the whole listing was read; `incremental`: what changed was looked for.")
    outcome: Mapped[str | None] = doc(
        "`complete`: the local list equals the listing; `incomplete`: that could not be proven, and nothing"
        " was removed; `refused`: a guard stopped it; `failed`: the site refused or could not be reached; NULL while"
        " it runs."
    )
    reason: Mapped[str | None] = doc("Why it is not complete, or what it could not refresh, in words.")
    requests: Mapped[int] = doc("Requests made to the site, all told.", server_default=text("0"))
    pages_read: Mapped[int] = doc("Pages of the listing read.", server_default=text("0"))
    total: Mapped[int | None] = doc("Favorites in the local list at its end.")
    added: Mapped[int] = doc("Favorites that came.", server_default=text("0"))
    removed: Mapped[int] = doc("Favorites that went.", server_default=text("0"))
    moved: Mapped[int] = doc("Favorites that changed their place among the others.", server_default=text("0"))
    changed: Mapped[int] = doc("Known posts whose content changed.", server_default=text("0"))
    pushed_applied: Mapped[int] = doc("Operations carried out.", server_default=text("0"))
    pushed_already: Mapped[int] = doc("Operations that the site fulfilled already.", server_default=text("0"))
    pushed_failed: Mapped[int] = doc("Operations refused for good.", server_default=text("0"))
    pushed_pending: Mapped[int] = doc("Operations still waiting at its end.", server_default=text("0"))
    evidence: Mapped[str | None] = doc("JSON: what proved the reading complete.")
    is_base: Mapped[bool] = doc(
        "1 when the list here had all that the site's had then, in its order: the runs after it look only for what"
        " changed since. The newest counts.",
        server_default=text("0"),
    )
    as_of: Mapped[str | None] = doc(
        "How far the site's own clock had come, at least, when the reading began: the latest `updated_at` at the top."
    )
    change_seq: Mapped[int | None] = doc("The change number up to which changes of the favorites' posts were followed.")


class ReadingStepRow(Base):
    __tablename__ = "reading_steps"
    __table_args__ = (
        options(
            "How far an unfinished reading of a listing has come, so that the next run goes on there.", rowid=False
        ),
    )

    account_id: Mapped[int] = doc("Whose listing.", ForeignKey("accounts.id"), primary_key=True)
    ordinal: Mapped[int] = doc("The order of the steps, from 0.", primary_key=True)
    run_id: Mapped[int] = doc("The run that took the step.", ForeignKey("runs.id"))
    question: Mapped[str] = doc("JSON: what was asked of the site.")
    answer: Mapped[str] = doc("JSON: what it answered, as far as the reading needs it.")
    answered_at: Mapped[str] = doc("When the answer came.")
