"""One user of the sandbox, and the two JSON shapes of docs/site-api.md, "Users": to anybody, and to oneself."""

from dataclasses import dataclass, field

from favsync.sandbox.favorites import Favorites
from favsync.sandbox.posts import site_time


@dataclass(slots=True)
class User:
    """A user, their favorites, and what they may do."""

    id: int
    name: str
    api_key: str | None
    """None: nobody can log in as this user."""
    created: int
    """Microseconds since 1970."""
    per_page: int = 75
    hidden: bool = False
    """Privacy mode: others do not see the favorites."""
    banned: bool | str = False
    """True: blocked, may log in and read, not write. Text: no login, and how long (`forever`, `for 3 days`)."""
    can_write: bool = True
    """False: e-mail unverified, or a banned address. Reads work, writes answer 403."""
    safe_mode: bool = False
    """Posts that are not rated safe are shown without their files."""
    staff: bool = False
    """Sees hidden lists and the files of deleted posts, and writes through a lockdown."""
    favorite_limit: int = 100_000
    drift: int = 0
    """The site's favorite counter less the real number of favorites."""
    favorites: Favorites = field(default_factory=Favorites)

    @property
    def favorite_count(self) -> int:
        """The site's counter, which is a hint and no proof."""
        return max(0, len(self.favorites) + self.drift)


_COUNTS_BEFORE = ("wiki_page_version_count", "artist_version_count", "pool_version_count", "forum_post_count")
_COUNTS_AFTER = ("positive_feedback_count", "neutral_feedback_count", "negative_feedback_count")


def public_fields(user: User) -> dict[str, object]:
    """What anybody is told about a user."""
    level, level_string = (10, "Blocked") if user.banned else (40, "Moderator") if user.staff else (20, "Member")
    return {
        **dict.fromkeys(_COUNTS_BEFORE, 0),
        "comment_count": 0,
        "flag_count": 0,
        "favorite_count": user.favorite_count,
        **dict.fromkeys(_COUNTS_AFTER, 0),
        "upload_slots": 10,
        "profile_about": "",
        "profile_artinfo": "",
        "id": user.id,
        "created_at": site_time(user.created),
        "name": user.name,
        "level": level,
        "base_upload_limit": 10,
        "upload_karma": 0,
        "upload_karma_free": False,
        "post_upload_count": 0,
        "post_update_count": 0,
        "note_update_count": 0,
        "is_banned": bool(user.banned),
        "can_approve_posts": user.staff,
        "can_upload_free": False,
        "level_string": level_string,
        "avatar_id": None,
        "is_verified": user.can_write,
        "has_cropped_avatar": False,
    }


def own_fields(user: User) -> dict[str, object]:
    """What a user is told about themselves: their presence proves whose key it was."""
    return {
        **public_fields(user),
        "blacklist_users": False,
        "description_collapsed_initially": False,
        "hide_comments": False,
        "show_hidden_comments": False,
        "show_post_statistics": True,
        "receive_email_notifications": False,
        "enable_keyboard_navigation": True,
        "enable_privacy_mode": user.hidden,
        "enable_auto_complete": True,
        "enable_safe_mode": user.safe_mode,
        "disable_responsive_mode": False,
        "no_flagging": False,
        "disable_user_dmails": False,
        "enable_compact_uploader": False,
        "replacements_beta": False,
        "forum_notification_dot": False,
        "updated_at": site_time(user.created),
        "email": f"{user.name}@mail.example",
        "last_logged_in_at": site_time(user.created),
        "last_forum_read_at": None,
        "recent_tags": None,
        "comment_threshold": -10,
        "default_image_size": "large",
        "favorite_tags": None,
        "blacklisted_tags": "",
        "time_zone": "Eastern Time (US & Canada)",
        "per_page": user.per_page,
        "custom_style": None,
        "api_regen_multiplier": 1,
        "api_burst_limit": 60,
        "remaining_api_limit": 60,
        "statement_timeout": 3000,
        "favorite_limit": user.favorite_limit,
        "tag_query_limit": 40,
        "has_mail": False,
        "unread_dmail_count": 0,
    }


def anonymous_fields(now: int) -> dict[str, object]:
    """What `/users/me.json` tells somebody who is not logged in: a user without an id, with every field."""
    nobody = User(id=0, name="Anonymous", api_key=None, created=now)
    unknown = ("id", "updated_at", "email", "last_logged_in_at")
    fields = own_fields(nobody) | dict.fromkeys(unknown)
    return fields | {"level": 0, "level_string": "Anonymous", "is_verified": False}
