"""The console command ``tongzhou``: everything make does, and the operators' commands."""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tongzhou.base.errors import Refusal
from tongzhou.config.binaries import ServerError

LARGEST_MEGABYTES = 20
BAD_INPUT = 2


class InputError(Exception):
    """Say what is wrong with a file given on the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options, rest = _parser().parse_known_args(given)
    if rest and not options.passes_on:
        _parser().error(f"不认识的参数 · unrecognized: {' '.join(rest)}")
    try:
        code = _run(options, rest)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ServerError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except InputError as error:
        print(f"{error}", file=sys.stderr)
        return BAD_INPUT
    except Refusal as refusal:
        print(" ".join(filter(None, (refusal.text(), refusal.way_out))), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tongzhou",
        description="同舟：从文件到落实 · From an official directive to work that gets done",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str, *, passes_on: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, add_help=not passes_on)
        command.set_defaults(passes_on=passes_on)
        return command

    run = add("run", "启动全部：数据库、网站、后台任务 · run database, web and worker until Ctrl-C")
    run.add_argument("--no-demo", action="store_true", help="不载入演示数据 · load no demo data")
    add("test", "运行全部检查和测试 · all checks and tests, or pytest ARGS", passes_on=True)
    add("check", "静态检查与测试（不含浏览器） · static checks and tests without the browser")
    web = add("web", "只启动网站 · the web server alone")
    web.add_argument("--host", default="127.0.0.1", help="监听地址 · address to listen on")
    web.add_argument("--workers", type=int, help="进程数 · processes (as many as cores, at most 2)")
    add("worker", "只启动后台任务 · the job worker alone", passes_on=True)
    add("manage", "Django 管理命令 · a Django management command", passes_on=True)
    add("postgres", "psql、pg_dump 等数据库程序 · psql, pg_dump, pg_restore …", passes_on=True)
    add("demo", "载入演示数据 · load the demonstration data", passes_on=True)
    add("status", "当前有效的要求及进度 · what is in force and how far it is", passes_on=True)
    add("verify", "核对账目与审计链 · recount figures, check the audit chain", passes_on=True)
    add("reindex", "重建检索词 · rebuild what the search reads", passes_on=True)
    add("doctor", "检查安装状态 · tell how this installation stands", passes_on=True)
    load = add("load", "压力测试与对账 · drive the site like a busy morning, then reconcile")
    load.add_argument("--url", help="网站地址 · address of the site (http://127.0.0.1:PORT)")
    load.add_argument("--seconds", type=float, default=30, help="时长 · how long (30)")
    load.add_argument("--visitors", type=int, default=12, help="人数 · how many people (12)")
    load.add_argument("--processes", type=int, default=2, help="进程数 · processes (2)")
    load.add_argument(
        "--mix", default="75:10:15", help="报送:审核:查看 · reports:reviews:readers in percent"
    )
    load.add_argument("--rate", type=float, default=0, help="每秒最多请求 · most requests a second")
    load.add_argument(
        "--sign-in",
        choices=["session", "token"],
        default="session",
        help="登录方式 · how to report",
    )
    load.add_argument("--json", action="store_true", help="输出 JSON · print JSON")
    load.add_argument(
        "--yes",
        action="store_true",
        help="也写入非演示数据 · also where real people work",
    )
    directive = add("directive", "处理文件文本 · work with the text of a directive")
    actions = directive.add_subparsers(dest="action", required=True, metavar="ACTION")
    parse = actions.add_parser("parse", help="解析文件条款 · parse a document into clauses")
    parse.add_argument("file", type=Path, metavar="FILE")
    parse.add_argument("--json", action="store_true", help="输出 JSON · print JSON")
    parse.add_argument(
        "--duties", action="store_true", help="同时列出拟定的职责 · propose duties as well"
    )
    export = actions.add_parser(
        "export", help="按公文格式等导出 · write a document as .docx, PDF, XML or JSON"
    )
    export.add_argument("file", type=Path, metavar="FILE")
    export.add_argument(
        "--format", default="pdf", help="docx, pdf (默认), akn, oscal, json, source"
    )
    export.add_argument("--output", type=Path, help="写到哪里 · where to (the current folder)")
    return parser


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    if options.command == "directive" and options.action == "export":
        print(export_directive(options.file, code=options.format, output=options.output))
        return 0
    if options.command == "directive":
        print(parse_directive(options.file, as_json=options.json, with_duties=options.duties))
        return 0
    from tongzhou.config import checks, places, run, services

    places.provide_secret()
    match options.command:
        case "run":
            wants_demo = not options.no_demo and os.environ.get("TONGZHOU_ENV") != "production"
            return run.run(demo=wants_demo)
        case "check":
            return checks.check(browser=False)
        case "test":
            return checks.test(rest) if rest else checks.check(browser=True)
    with places.database():
        if options.command in {"web", "worker"}:
            services.serve()
        match options.command:
            case "web":
                return services.web(options.host, options.workers)
            case "load":
                return drive_load(options, f"http://127.0.0.1:{places.port()}")
            case "worker":
                return services.manage(
                    ["procrastinate", "worker", "--delete-jobs", "successful", *rest]
                )
            case "manage":
                return services.manage(rest or ["help"])
            case "postgres":
                return services.postgres(rest or ["psql"])
            case name:
                return services.manage([name, *rest])


def drive_load(options: argparse.Namespace, here: str) -> int:
    """Run a load as the options say; return 0 when every acknowledged report is there.

    Raises InputError for options that make no plan, Refusal where a load must not be run.
    """
    from tongzhou.config.commands import setup
    from tongzhou.config.load.plan import Plan, PlanError, read_mix

    setup()
    from tongzhou.config.load.running import run

    if options.visitors < 1 or options.processes < 1 or options.seconds <= 0 or options.rate < 0:
        raise InputError("人数、进程数、时长须大于零 · visitors, processes, seconds: above zero")
    try:
        mix = read_mix(options.mix)
    except PlanError as error:
        raise InputError(str(error)) from None
    plan = Plan(
        url=(options.url or here).rstrip("/"),
        seconds=options.seconds,
        visitors=options.visitors,
        processes=options.processes,
        mix=mix,
        rate=options.rate,
        sign_in=options.sign_in,
    )
    return run(plan, sure=options.yes, say=print, as_json=options.json)


def parse_directive(path: Path, *, as_json: bool, with_duties: bool = False) -> str:
    """Return the clauses of the document in the file ``path``, as JSON or as an outline.

    ``with_duties`` adds the duties its sentences propose: who has to do what, how strictly.
    Needs no database and no Django. Spans count the characters of the text as received; where the
    file is no text file, JSON gives that text as ``source``. Raises InputError for what cannot be
    opened, Refusal for what holds no document.
    """
    from tongzhou.modules.directives.rules import (
        duties_to_json,
        parse,
        propose,
        read_document,
        to_json,
    )

    received = read_document(read_bytes(path), path.name)
    parsed = parse(received.text, tables=received.tables)
    document = to_json(parsed)
    document |= {"format": received.format, "notes": list(received.notes)}
    if received.format not in ("txt", "md"):
        document["source"] = received.text
    if with_duties:
        document["duties"] = duties_to_json(propose(received.text, parsed))
    if as_json:
        return json.dumps(document, ensure_ascii=False, indent=2)
    heads = (document["doc_number"], document["issuer"], document["date"])
    lines = [document["title"] or "", "  ".join(head for head in heads if head), ""]
    for clause in document["clauses"]:
        opening = clause["text"].strip().split("\n")[0][:60]
        lines.append(f"{clause['address'].rpartition('#')[2]:<16}{opening}")
    for duty in document.get("duties", ()):
        bearers = "+".join(duty["bearers"])
        words = "".join(duty["text"].split())
        lines.append(f"{duty['clause']:<16}{duty['strength']:<12}{bearers}  {words[:60]}")
    if received.notes:
        lines += ["", *received.notes]
    return "\n".join(lines)


def export_directive(path: Path, *, code: str, output: Path | None = None) -> Path:
    """Write the document in the file ``path`` in the format ``code``; return where it lies now.

    ``output`` is a file or a folder, by default the current one. Needs no database and no Django.
    Raises InputError for what cannot be opened or written, Refusal for what holds no document.
    """
    from tongzhou.modules.directives.rules import parse, read_document
    from tongzhou.modules.directives.rules.exports import FORMATS, export
    from tongzhou.modules.directives.rules.exports.unloaded import describe

    if code not in FORMATS:
        raise InputError(f"没有“{code}”这种格式，可以导出：{'、'.join(FORMATS)}。")
    received = read_document(read_bytes(path), path.name)
    parsed = parse(received.text, tables=received.tables)
    at = datetime.now(UTC).astimezone().replace(microsecond=0)
    made = export(describe(received, parsed, at, title=path.stem), code)
    target = output or Path()
    if target.is_dir():
        target = target / made.name
    try:
        target.write_bytes(made.data)
    except OSError as error:
        raise InputError(f"无法写入 {target}：{error.strerror}。") from None
    return target


def read_bytes(path: Path) -> bytes:
    """Return the content of ``path``; InputError when there is none to be had."""
    try:
        if path.is_dir():
            raise InputError(f"{path} 是文件夹，不是文本文件。")
        megabytes = path.stat().st_size / 1024 / 1024
        if megabytes > LARGEST_MEGABYTES:
            raise InputError(f"{path} 有 {megabytes:.1f} MB，超过 {LARGEST_MEGABYTES} MB 上限。")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"找不到文件 {path}。") from None
    except OSError as error:
        raise InputError(f"无法读取 {path}：{error.strerror}。") from None


if __name__ == "__main__":
    sys.exit(main())
