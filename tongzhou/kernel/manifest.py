"""What a module tells the house about itself, and how the house finds it.

Each module's ``module.py`` holds ``manifest = Manifest(...)``. Nothing else is registered by hand:
routes, navigation, permissions, measures and seeds are read from here.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps

from tongzhou.kernel.reach import Act

PREFIX = "tongzhou.modules."


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the left rail: ``url`` is a URL name, ``stem`` the permission it needs.

    ``count`` (module path, colon, function) tells how much waits there for an actor.
    """

    label: str
    url: str
    stem: str
    icon: str
    roles: frozenset[str]
    order: int = 50
    phone: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job that people order and find again on the page of their own jobs.

    ``task`` is its name in the queue, ``label`` what it is, ``stem`` the permission to order it
    once more. One that ``stops`` gives up at its next step when its owner cancels it; of any other
    ``lasting`` says why not, once it runs. ``after_cancel`` and ``again`` name functions (module
    path, colon, function): the first, given the record, puts back what waited for the job; the
    second, given actor, moment and record, orders it anew where more is needed than its arguments.
    """

    task: str
    label: str
    stem: str
    stops: bool = True
    repeats: bool = True
    lasting: str = ""
    after_cancel: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A module's declaration.

    ``permissions`` maps stems to the roles that carry them, ``acts`` the same stems to what they
    are called and how far they reach; together they are the matrix of access. ``home`` maps roles
    to the URL name of the page they land on after sign-in. ``urls`` and ``api`` name the modules
    with routes.
    """

    name: str
    label: str
    permissions: Mapping[str, frozenset[str]]
    acts: Mapping[str, Act] = field(default_factory=dict)
    navigation: tuple[Entry, ...] = ()
    home: Mapping[str, str] | None = None
    urls: str = ""
    api: str = ""
    measures: tuple[Any, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    seed: str = ""
    ribbon: str = ""
    directory: str = ""


@cache
def manifests() -> tuple[Manifest, ...]:
    """Return the kernel's manifest and that of every installed module."""
    found: list[Manifest] = [importlib.import_module("tongzhou.kernel.module").manifest]
    for config in apps.get_app_configs():
        if config.name.startswith(PREFIX):
            found.append(importlib.import_module(f"{config.name}.module").manifest)
    return tuple(found)


@cache
def job_kinds() -> Mapping[str, JobKind]:
    """Return the kinds of jobs of the whole house by the name of their task."""
    return {kind.task: kind for each in manifests() for kind in each.jobs}


def named(place: str) -> Any:
    """Return the function that a manifest names by module path and name."""
    path, _, name = place.partition(":")
    return getattr(importlib.import_module(path), name)
