"""Run a load: make the visitors, let them loose in processes, reconcile, say what was seen."""

import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import asdict
from multiprocessing.queues import Queue
from typing import Any

from tongzhou.config.load.people import invite, require_playground
from tongzhou.config.load.plan import Plan, Told, Visitor, percentile
from tongzhou.config.load.reconcile import Reconciliation, reconcile
from tongzhou.config.load.visiting import PATIENCE, visit
from tongzhou.kernel import clock

Say = Callable[[str], None]
SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
MOST_FAULTS = 20


def run(plan: Plan, *, sure: bool, say: Say, as_json: bool = False) -> int:
    """Run a plan and say what was seen; return 0 when every acknowledged report is there.

    A run that was to report and had nothing acknowledged proves nothing: it returns 1, too.

    Raises Refusal where a load must not be run, or cannot be.
    """
    require_playground(sure=sure)
    visitors = invite(plan, clock.now())
    told = drive(plan, visitors)
    held = reconcile(told, visitors)
    if as_json:
        say(json.dumps(_summary(plan, told, held), ensure_ascii=False))
    else:
        say(_words(told, held))
    proved = held.acknowledged or not plan.count("report")
    return 0 if proved and not held.faults else 1


def drive(plan: Plan, visitors: Sequence[Visitor]) -> list[Told]:
    """Let the visitors loose in processes of their own and return what each of them saw."""
    context = multiprocessing.get_context("spawn")
    parts = [list(visitors[n :: plan.processes]) for n in range(plan.processes)]
    parts = [part for part in parts if part]
    barrier = context.Barrier(len(parts))
    results: Queue[list[Told]] = context.Queue()
    running = [
        context.Process(target=visit, args=(plan, part, barrier, results), daemon=True)
        for part in parts
    ]
    for each in running:
        each.start()
    found = [results.get(timeout=plan.seconds + 2 * PATIENCE) for _ in running]
    for process in running:
        process.join()
    return [each for part in found for each in part]


def _merged(told: Sequence[Told]) -> tuple[dict[str, list[float]], dict[str, int], float]:
    latencies: dict[str, list[float]] = {}
    errors: dict[str, int] = {}
    for each in told:
        for name, values in each.latencies.items():
            latencies.setdefault(name, []).extend(values)
        for name, count in each.errors.items():
            errors[name] = errors.get(name, 0) + count
    return latencies, errors, max((each.seconds for each in told), default=0.0)


def _summary(plan: Plan, told: Sequence[Told], held: Reconciliation) -> dict[str, Any]:
    latencies, errors, seconds = _merged(told)
    return {
        "plan": asdict(plan),
        "seconds": seconds,
        "requests": {
            name: {"count": len(values)}
            | {label: round(percentile(values, share), 1) for label, share in SHARES}
            for name, values in sorted(latencies.items())
        },
        "errors": errors,
        "decided": sum(each.decided for each in told),
        "reconciliation": asdict(held),
    }


def _words(told: Sequence[Told], held: Reconciliation) -> str:
    latencies, errors, seconds = _merged(told)
    lines = [
        f"{'请求 · request':<34}{'次数 n':>9}{'每秒 /s':>9}"
        + "".join(f"{label + ' ms':>10}" for label, _ in SHARES)
    ]
    for name, values in sorted(latencies.items(), key=lambda item: -len(item[1])):
        rate = len(values) / seconds if seconds else 0.0
        shown = "".join(f"{percentile(values, share):>10.1f}" for _, share in SHARES)
        lines.append(f"{name:<36}{len(values):>10}{rate:>10.1f}{shown}")
    count = sum(map(len, latencies.values()))
    lines.append(
        f"共 {count} 次请求，{seconds:.1f} 秒 · {count} requests in {seconds:.1f} s:"
        f" {_per(count, seconds)}"
    )
    shown = ", ".join(f"{name} × {n}" for name, n in sorted(errors.items()))
    lines.append(f"差错 · errors: {shown or 0}")
    lines.append(
        f"确认的报送 · acknowledged reports: {held.acknowledged}"
        f" ({_per(held.acknowledged, seconds)})，在库 · in the database: {held.found}，"
        f"无回音 · unanswered: {held.unsure}，"
        f"审核 · decided: {sum(each.decided for each in told)}"
    )
    if held.faults:
        lines.append(f"对账不符 · DOES NOT RECONCILE: {len(held.faults)}")
        lines += [f"  {fault}" for fault in held.faults[:MOST_FAULTS]]
    else:
        lines.append(
            "对账 ✓ 每份确认的报送恰有一份，计数与重数一致"
            " · every acknowledged report is there exactly once; counters equal a recount"
        )
    return "\n".join(lines)


def _per(count: int, seconds: float) -> str:
    return f"{count / seconds if seconds else 0:.1f}/s"
