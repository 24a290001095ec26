"""Words: what the package says of its arguments, said of the options of the command line. The one place for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from ..core.errors import Fault, InputError

__all__ = ["Command"]

_WHERE = re.compile(r"^(\w+)(?:\['?(.*?)'?\])?(?=$|,| \()")
_ROLE = re.compile(r"`?\b(\w+)=\{'?([^'{}:]+)'?: \.\.\.\}`?")
_NAME = re.compile(r"`?(?<![\w-])(\w+)=(?![\w=*'\"({\[])`?|`(\w+)`")


class Command(click.Command):
    """A command whose faults name options, `--resume`, where Python has arguments, `init`."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and say faults in the words of the command line."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            options = _options(ctx)
            raise InputError(*(_said(fault, options, ctx.params) for fault in error.faults)) from error


def _options(ctx: click.Context) -> dict[str, str]:
    """Return argument -> option: their names, and those that differ."""
    found = {p.name: max(p.opts, key=len) for p in ctx.command.params if isinstance(p, click.Option) and p.name}
    if "resume" in found:
        found["init"] = found["resume"]
    if ctx.params.get("by"):
        found["groups"] = found["by"] if not ctx.params.get("groups") else f"{found['by']} or {found['groups']}"
    return found


def _said(fault: Fault, options: Mapping[str, str], given: Mapping[str, Any]) -> Fault:
    place = _WHERE.match(fault.where)
    where = fault.where
    if place and place[1] in options:
        option = options[place[1]]
        if place[1] == "parties" and given.get("candidates") and "two parties" not in str(fault):
            option = "--candidates"  # in Python the candidate table and the two parties have one name
        where = option + (f" {place[2]}" if place[2] else "") + fault.where[place.end() :]
    return replace(fault, where=where, rule=_in_options(fault.rule, options), remedy=_in_options(fault.remedy, options))


def _in_options(text: str, options: Mapping[str, str]) -> str:
    """Replace `name`, name= and name={'role': ...} where there is such an option."""
    text = _ROLE.sub(lambda m: f"{options[m[1]]} {m[2]}=..." if m[1] in options else m[0], text)
    text = _NAME.sub(lambda m: options.get(m[1] or m[2], m[0]), text)
    return text.replace("Fit.save wrote", "`blocs fit --out` wrote")
