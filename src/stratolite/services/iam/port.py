"""What IAM offers to the request pipeline: whose an access key is."""

from typing import TYPE_CHECKING

from stratolite.core.ports.identities import KeyOwner

if TYPE_CHECKING:
    from stratolite.services.iam import Iam


class IamPort:
    """The access key port."""

    def __init__(self, iam: "Iam") -> None:
        self._iam = iam

    def owner(self, access_key_id: str) -> KeyOwner | None:
        """Whose an active access key is. Two queries for a key of ours, one for any other."""
        held = self._iam.store.access_key(access_key_id)
        if held is None or held[1].status != "Active":
            return None
        account, key = held
        user = self._iam.store.user(account, key.user_name)
        assert user is not None, "users go after their keys"
        return KeyOwner(account, user.arn, user.user_id)


def ports(iam: "Iam") -> dict[str, object]:
    """What this service offers."""
    return {"access_key": IamPort(iam)}
