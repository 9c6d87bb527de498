"""Business keys, and the ids that a flow has with the engine below: the key itself, then `#2`, `#3` when revived."""

LONGEST = 200


def checked(once: str) -> str:
    if not once.strip() or len(once) > LONGEST or "#" in once:
        raise ValueError(f"a flow's key has 1 to {LONGEST} characters and no '#': {once!r:.80}")
    return once


def key_of(identity: str) -> str:
    return identity.partition("#")[0]


def revived(identity: str) -> int:
    """How many times."""
    return int(identity.partition("#")[2] or 1) - 1


def next_identity(identity: str) -> str:
    return f"{key_of(identity)}#{revived(identity) + 2}"
