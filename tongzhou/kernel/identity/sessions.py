"""Sessions of people: end them when what they stand on is gone."""

from allauth.usersessions.models import UserSession


def end_sessions(user_id: int) -> int:
    """Sign a person out everywhere; return how many sessions ended."""
    held = list(UserSession.objects.filter(user_id=user_id))
    for each in held:
        each.end()
    return len(held)
