"""Evaluate the applicability of duties per profile: who owes what, without a row per bearer."""

from collections.abc import Iterable

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import DutyLibrary
from tongzhou.modules.duties.models import DutyProfile, GroupProfile, Library
from tongzhou.modules.duties.queries.burdens import facts_of
from tongzhou.modules.duties.queries.force import duties_of, library_of
from tongzhou.modules.duties.rules.applicability import applies, groups_of
from tongzhou.modules.registry.public import ProfileRow, list_profiles

#: Whoever makes profiles holds it shared, whoever loads duties holds it alone: no profile and no
#: duty come into being without knowing of each other.
PROFILES_LOCK = 31269


def evaluate_profiles(profiles: Iterable[int]) -> None:
    """Decide for new profiles which duties of every library bind them.

    Runs inside the transaction that created the profiles, so no figure ever misses them.
    """
    rows("SELECT pg_advisory_xact_lock_shared(%s)", [PROFILES_LOCK])
    made = list_profiles(profiles)
    for library_id in Library.objects.values_list("pk", flat=True):
        evaluate_library(library_id, made)


def evaluate_all(library_id: int) -> None:
    """Decide which profiles of the register the duties of a new library bind."""
    rows("SELECT pg_advisory_xact_lock(%s)", [PROFILES_LOCK])
    evaluate_library(library_id, list_profiles())


def evaluate_library(library_id: int, profiles: Iterable[ProfileRow]) -> None:
    """Write which of the profiles each duty and each group of a library takes in."""
    library: DutyLibrary = library_of(library_id)
    binding: list[DutyProfile] = []
    members: list[GroupProfile] = []
    for profile in profiles:
        facts = facts_of(profile)
        for duty in duties_of(library_id):
            if applies(duty.spec, facts, library):
                binding.append(DutyProfile(duty_id=duty.version_id, profile_id=profile.id))
        for group in groups_of(facts, library):
            members.append(GroupProfile(library_id=library_id, group=group, profile_id=profile.id))
    DutyProfile.objects.bulk_create(binding, batch_size=5_000, ignore_conflicts=True)
    GroupProfile.objects.bulk_create(members, batch_size=5_000, ignore_conflicts=True)
