"""The users of a world, and what can happen to them."""

import threading

from favsync.sandbox.users import User


class People:
    """The part of a world that is about its users; `World` brings the clock and the lock."""

    users: dict[int, User]
    lock: threading.RLock
    revision: int
    favorite_limit: int

    def now(self) -> int:
        """The clock's time in microseconds since 1970."""
        raise NotImplementedError

    def add_user(
        self,
        name: str,
        *,
        id: int | None = None,
        api_key: str | None = None,
        per_page: int = 75,
        hidden: bool = False,
        banned: bool | str = False,
        can_write: bool = True,
        safe_mode: bool = False,
        staff: bool = False,
    ) -> User:
        """A new user, as `User` describes it. Ids are given in order from 1 where none is named."""
        user = User(
            id=id or max(self.users, default=0) + 1,
            name=name,
            api_key=api_key,
            created=self.now(),
            per_page=per_page,
            hidden=hidden,
            banned=banned,
            can_write=can_write,
            safe_mode=safe_mode,
            staff=staff,
            favorite_limit=self.favorite_limit,
        )
        with self.lock:
            self.users[user.id] = user
            self.revision += 1
        return user

    def user(self, name: str) -> User:
        """The user of that name, without regard to case. Raises KeyError when there is none."""
        for user in self.users.values():
            if user.name.lower() == name.lower():
                return user
        raise KeyError(name)

    def rename(self, name: str, new_name: str) -> None:
        """Give a user another name; the id stays, the old name means nothing any more."""
        self.user(name).name = new_name

    def set_hidden(self, name: str, hidden: bool) -> None:
        """Turn a user's privacy mode on or off."""
        self.user(name).hidden = hidden

    def set_limit(self, name: str, limit: int) -> None:
        """Let a user keep up to so many favorites."""
        self.user(name).favorite_limit = limit

    def set_api_key(self, name: str, api_key: str | None) -> None:
        """Give a user a new key; the old one is refused from now on. None: nobody can log in."""
        self.user(name).api_key = api_key

    def drift(self, name: str, by: int) -> None:
        """Move a user's favorite counter away from the truth."""
        self.user(name).drift += by
