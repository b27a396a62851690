"""Users as records show them."""

from collections.abc import Mapping

from kaizen.model.people import User
from kaizen.model.values import Id, Json


class People:
    """Shows users by id, each once."""

    def __init__(self, users: Mapping[Id, User]) -> None:
        self._users = users
        self._named: dict[object, Json] = {}
        self._reached: dict[object, Json] = {}

    def named(self, user_id: object) -> Json:
        """Show a user by name and id."""
        if user_id not in self._named:
            user = self._users.get(user_id)  # type: ignore[call-overload]  # anything but an id finds nobody
            self._named[user_id] = {"name": user.full_name, "id": str(user.id)} if user is not None else None
        return self._named[user_id]

    def reached(self, user_id: object) -> Json:
        """Show a user by name, id and e-mail address."""
        if user_id not in self._reached:
            user = self._users.get(user_id)  # type: ignore[call-overload]  # anything but an id finds nobody
            shown: Json = {"name": user.full_name, "id": str(user.id), "email": user.email} if user else None
            self._reached[user_id] = shown
        return self._reached[user_id]
