"""Which outside sign-ins the sign-in page offers."""

from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def sign_in_doors(context: Context) -> list[dict[str, Any]]:
    """Return label and address of every outside sign-in of this site."""
    from tongzhou.kernel.identity.pages.outside import offers

    return list(offers(context["request"], "login"))
