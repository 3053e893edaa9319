"""The tables of a file of results, as Markdown: `python -m bench.report results.json [page to put them into]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.saying import Json

BEGIN, END = "<!-- tables of a run -->", "<!-- end of the tables -->"


EXACT_BELOW = 0.1
"""A smaller share of the floor is told with three places."""


def tables(results: Json) -> str:
    """Everything that was measured, headed by when and where."""
    parts = [_heading(results)]
    parts += [SECTIONS[name](found) for name, found in results["sections"].items()]
    parts += [f"The section `{name}` failed: {why}." for name, why in results["failed"].items()]
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _heading(results: Json) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in (results["versions"] | results["peers"]).items())
    loads = ", ".join(f"{name} {found['load_average'][0]:.1f}" for name, found in results["sections"].items())
    return (
        f"{results['at']}, commit {results['commit']}, scale {results['scale']:g}; {results['processors']} processors, "
        f"{results['memory_gib']} GiB, Python {results['python']}, Linux {results['kernel']}. "
        f"Load average before: {results['load_average'][0]:.1f}; after each section: {loads}.\n\nVersions: {versions}."
    )


def _hop(found: Json) -> str:
    head = ["lane", "what", "events", "events/s (each round)", "of the floor", "CPU µs/event", "servers' CPU µs/event"]
    head += ["peak MiB", f"p50 ms at {found['pace']}/s", "p95", "p99"]
    rows = [
        [
            lane["lane"],
            lane["meaning"],
            f"{lane['events']:,}",
            f"**{lane['rate']:,.0f}** ({', '.join(f'{rate:,.0f}' for rate in lane['rates'])})",
            f"{lane['of_floor']:.3f}" if lane["of_floor"] < EXACT_BELOW else f"{lane['of_floor']:.2f}",
            f"{lane['cpu_us']:,.0f}",
            f"{lane['server_cpu_us']:,.0f}",
            f"{lane['peak_mib']:,.0f}",
            *_latency(lane["latency"]),
        ]
        for lane in found["lanes"]
    ]
    skipped = f"\n\nNot installed here: {', '.join(found['skipped'])}." if found["skipped"] else ""
    skipped += f"\n\nDid not finish in time: {', '.join(found['stuck'])}." if found["stuck"] else ""
    return "### One hop\n\n" + table(head, rows) + skipped


def _latency(latency: Json) -> list[str]:
    return [f"{latency[name]:,.1f}" for name in ("p50", "p95", "p99")]


def _relay(found: Json) -> str:
    head = [
        "relay",
        "rows/s",
        "CPU µs/row",
        "servers' CPU µs/row",
        "peak MiB",
        f"p50 ms at {found['pace']}/s",
        "p95",
        "p99",
    ]
    rows = [
        [
            name,
            f"**{line['rate']:,.0f}**",
            f"{line['cpu_us']:,.0f}",
            f"{line['server_cpu_us']:,.0f}",
            f"{line['peak_mib']:,.0f}",
            *_latency(line["latency"]),
        ]
        for name, line in found["lines"].items()
    ]
    skipped = f"\n\nDebezium Server was skipped. {found['skipped']}" if found["skipped"] else ""
    return "### The relay alone\n\n" + table(head, rows) + skipped


def _latencies(found: Json) -> str:
    rows = [[name, line["count"], *_latency(line), f"{line['most']:,.1f}"] for name, line in found["lines"].items()]
    head = [f"at {found['pace']} commands/s", "commands", "p50 ms", "p95", "p99", "most"]
    return "### From a command to its committed effect in the next service\n\n" + table(head, rows)


def _journey(found: Json) -> str:
    took = found["latency"]
    head = [f"at {found['pace']} referrals/s", "p50 ms", "p95", "p99", "most", "CPU ms per referral, four services"]
    row = [took["count"], *_latency(took), f"{took['most']:,.1f}", f"{found['cpu_ms']:.1f}"]
    return "### From a referral to the family's message\n\n" + table(head, [row])


_READ = ["events/s", "seconds", "CPU µs/event", "servers' CPU µs/event"]


def _read(line: Json) -> list[str]:
    figures = [f"{line[name]:,.0f}" for name in ("cpu_us", "server_cpu_us")]
    return [f"**{line['rate']:,.0f}**", f"{line['seconds']:,.1f}", *figures]


def _rebuild(found: Json) -> str:
    row = [f"{found['events']:,}", *_read(found), " ".join(map(str, found["memory_mib"])), f"{found['peak_mib']:.0f}"]
    return "### A projection from the first event\n\n" + table(["events", *_READ, "MiB as it goes", "peak MiB"], [row])


def _scaling(found: Json) -> str:
    one = found["lines"][0]["rate"]
    rows = [
        [line["consumers"], line["partitions"], *_read(line), f"{line['rate'] / one:.2f}"] for line in found["lines"]
    ]
    return "### More consumers\n\n" + table(["consumers", "partitions", *_READ, "of one"], rows)


def _intake(found: Json) -> str:
    rows = [
        [name, f"**{line['rate']:,.0f}**", *_latency(line["latency"]), f"{line['cpu_us']:,.0f}"]
        for name, line in found["lines"].items()
    ]
    head = [f"{found['connections']} connections", "referrals/s", "p50 ms", "p95", "p99", "CPU µs/referral"]
    idle = [[one["service"], f"{one['mib']:.0f}", f"{one['cpu_percent']:.1f}"] for one in found["idle"]]
    idle_table = table(["idle", "MiB", "% of a processor"], idle)
    return "### Referrals over HTTP\n\n" + table(head, rows) + "\n\n" + idle_table


def _upload(found: Json) -> str:
    rows = [
        [name, f"{seconds:,.1f}", f"**{found['rows'] / seconds:,.0f}**"] for name, seconds in found["lines"].items()
    ]
    memory = f"{found['idle_mib']:.0f} MiB idle, {found['peak_mib']:.0f} MiB at most; {found['cpu_us']:,.0f} CPU µs/row"
    head = [f"a list of {found['rows']:,} rows ({found['bytes'] / 1e6:.1f} MB)", "s", "rows/s"]
    waits = " and ".join(f"{name} after {seconds:.1f} s" for name, seconds in found.get("beside_s", {}).items())
    beside = f" A list of one row beside it was {waits}." if waits else ""
    return "### A health plan's list\n\n" + table(head, rows) + f"\n\nThe service: {memory}.{beside}"


def _worklist(found: Json) -> str:
    rows = [[name, line["count"], *_latency(line), f"{line['most']:,.1f}"] for name, line in found["lines"].items()]
    head = [f"with {found['referrals']:,} referrals", "pages", "p50 ms", "p95", "p99", "most"]
    return "### The worklist's first page\n\n" + table(head, rows)


def _caseload(found: Json) -> str:
    rates, aged, solving = found["rates"], found["aged"], found["solving"]
    rows = [
        ["completions a second, rows", f"**{rates['rows']:,.0f}**", *_latency(rates["rows_latency"])],
        ["the same beside a roster document", f"{rates['roster']:,.0f}", *_latency(rates["roster_latency"])],
        ["a visit scheduled and cancelled, a new patient's", "", *_latency(aged["new"])],
        [f"the same after {found['visits']:,} visits", "", *_latency(aged["old"])],
        [f"the page then, {aged['page']['bytes'] / 1e3:.1f} kB", "", *_latency(aged["page"])],
        ["completions alone", "", *_latency(solving["alone"])],
        ["completions while an assignment is looked for", "", *_latency(solving["meanwhile"])],
    ]
    head = [f"{found['patients']:,} patients, {found['clinicians']} clinicians, {found['callers']} callers", "a second"]
    told = (
        f"Rows are **{rates['times']:.1f}** times as fast; after so many visits a command takes {aged['times']:.2f}"
        f" times a new patient's; the p99 while solving is {solving['p99_times']:.2f} times that alone."
    )
    return "### Care plan in a full clinic\n\n" + table([*head, "p50 ms", "p95", "p99"], rows) + "\n\n" + told


def _trust(found: Json) -> str:
    told = {"commands": "the audit", "doors": "guard and limits", "page": "sign-in, rules and audit"}
    rows = [
        [
            name,
            without,
            f"{line['with']['rate']:,.0f} and {line['without']['rate']:,.0f}",
            f"**{line['rate_ratio']:.2f}**",
            f"{line['cpu_ratio']:.2f}",
            f"{line['p50_more_ms']:.2f}",
        ]
        for name, without in told.items()
        for line in (found[name],)
    ]
    head = ["of", "with and without", "a second", "of the rate", "of the CPU a request", "p50 ms more"]
    searches = ", ".join(f"{name} {ms:.1f}" for name, ms in found["search"]["p50_ms"].items())
    rest = (
        f"The sealer: **{found['sealer']['rate']:,.0f}** rows/s. The search among {found['search']['rows']:,} rows,"
        f" p50 ms: {searches}."
    )
    return "### Sign-in, rules, doors and audit\n\n" + table(head, rows) + "\n\n" + rest


def _hospital(found: Json) -> str:
    rows = [
        [f"admissions on {n} connections", f"**{line['per_second']:,.0f}**", *_latency(line)]
        for n, line in found["lines"].items()
    ]
    rows.append(["messages beside those of 50,000 segments", "", *_latency(found["beside_heavy"])])
    head = [f"{found['patients']:,} patients, {found['listeners']} listeners", "a second", "p50 ms", "p95", "p99"]
    return "### Hospital messages\n\n" + table(head, rows)


def _line(found: Json) -> str:
    rows = [[name, line["count"], *_latency(line), f"{line['most']:,.1f}"] for name, line in found["lines"].items()]
    head = [f"{found['patients']:,} patients, {found['open']} calls open", "pages", "p50 ms", "p95", "p99", "most"]
    return "### The line's screen and search\n\n" + table(head, rows)


def _wishes(found: Json) -> str:
    rows = [[name, line["count"], *_latency(line), f"{line['most']:,.1f}"] for name, line in found["lines"].items()]
    head = [
        f"{found['patients']:,} patients, {found['documents']:,} documents",
        "times",
        "p50 ms",
        "p95",
        "p99",
        "most",
    ]
    at_once = found["at_once"]
    return (
        f"### Documents and wishes\n\n{table(head, rows)}\n\n{at_once['uploads']} uploads at once took "
        f"{at_once['seconds']:.1f} s; the service held {at_once['before_mib']:.0f} MiB before and at most "
        f"{at_once['peak_mib']:.0f} MiB meanwhile, with the processes that draw."
    )


def _equipment(found: Json) -> str:
    rows = [[name, line["count"], *_latency(line), f"{line['most']:,.1f}"] for name, line in found["lines"].items()]
    head = [f"{found['patients']:,} patients, {found['loans']:,} loans", "pages", "p50 ms", "p95", "p99", "most"]
    return "### Equipment\n\n" + table(head, rows)


SECTIONS: dict[str, Callable[[Json], str]] = {
    "hop": _hop,
    "relay": _relay,
    "latency": _latencies,
    "journey": _journey,
    "rebuild": _rebuild,
    "scaling": _scaling,
    "intake": _intake,
    "upload": _upload,
    "worklist": _worklist,
    "caseload": _caseload,
    "hospital": _hospital,
    "line": _line,
    "wishes": _wishes,
    "equipment": _equipment,
    "trust": _trust,
}


def put_into(page: str, written: str) -> str:
    """The page with these tables in the place of those before, between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def main(words: list[str]) -> int:
    """`results.json` prints its tables; `results.json docs/performance.md` puts them into the page."""
    written = tables(json.loads(Path(words[0]).read_text()))
    if len(words) == 1:
        print(written)
    else:
        page = Path(words[1])
        page.write_text(put_into(page.read_text(), written))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
