"""What an operator should know about an installation, in plain words.

Each check looks at one thing and answers with a :class:`Finding`. A check never mends anything and
never prints a secret. It may raise: then the finding is that it could not be made.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tongzhou.base.period import local_day
from tongzhou.base.workdays import is_covered
from tongzhou.config.demo.people import PERSONAS
from tongzhou.config.rights import WALLED
from tongzhou.config.services import SERVING
from tongzhou.kernel import append_only
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import AuditLine, AuditSeal, User
from tongzhou.kernel.privacy import keys, rotating
from tongzhou.kernel.reach import APPLICATION, UNBOUND

OLDEST_POSTGRES = 150_000
LEAST_FREE = 2 * 1024**3
BEHIND = timedelta(minutes=5)
MANY_DELTAS = 200_000


class Verdict(StrEnum):
    """How a check came out. Only BAD makes ``tongzhou doctor`` end with 1."""

    GOOD = "✓"
    MIND = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and what to do about it; in both languages."""

    verdict: Verdict
    zh: str
    en: str


def good(zh: str, en: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(Verdict.GOOD, zh, en)


def mind(zh: str, en: str) -> Finding:
    """Return a finding that somebody should know of."""
    return Finding(Verdict.MIND, zh, en)


def bad(zh: str, en: str) -> Finding:
    """Return a finding that has to be mended."""
    return Finding(Verdict.BAD, zh, en)


def database(at: datetime) -> Iterable[Finding]:
    """Look at the database server: its version, its clock, the migrations."""
    version, clock = rows("SELECT current_setting('server_version_num')::int, clock_timestamp()")[0]
    if version < OLDEST_POSTGRES:
        yield bad("PostgreSQL 版本低于 15，请升级。", "PostgreSQL is older than 15: upgrade it.")
    else:
        yield good(f"PostgreSQL {version // 10_000}", f"PostgreSQL {version // 10_000}")
    drift = abs((clock - at).total_seconds())
    if drift > 5:
        yield bad(
            f"数据库与本机时钟相差 {drift:.0f} 秒，期限会算错；请校时。",
            f"The clocks of database and host differ by {drift:.0f} s; deadlines go wrong.",
        )
    if rows("SELECT current_setting('jit')::boolean")[0][0]:
        yield mind(
            "数据库开着 jit，长语句每次要先编译几秒：ALTER DATABASE … SET jit = off。",
            "The database compiles long statements for seconds: ALTER DATABASE … SET jit = off.",
        )
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield bad(
            f"有 {len(plan)} 项数据库迁移没有执行：tongzhou manage migrate。",
            f"{len(plan)} migrations are not applied: tongzhou manage migrate.",
        )


def rights(at: datetime) -> Iterable[Finding]:
    """Look at what the application's own database role may do beyond its work."""
    role, superuser = rows("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")[0]
    if not superuser:
        yield good("数据库账号不是超级用户", "The database role is no superuser")
    elif settings.PRODUCTION:
        yield bad(
            f"数据库账号 {role} 是超级用户；请换一个只拥有本库的账号。",
            f"The database role {role} is a superuser; use one that owns this database only.",
        )
    else:
        yield mind(f"数据库账号 {role} 是超级用户", f"The database role {role} is a superuser")


def second_wall(at: datetime) -> Iterable[Finding]:
    """Look whether row-level security stands, and whether it binds those who serve."""
    walled = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relrowsecurity AND c.relnamespace = current_schema()::regnamespace"
    )
    open_tables = sorted(set(WALLED) - {name for (name,) in walled})
    if open_tables:
        told = ", ".join(open_tables)
        yield bad(
            f"这些表的行级安全策略没有生效：{told}。请查明原因，再执行 tongzhou manage migrate。",
            f"Row-level security is off on {told}: find out why, then tongzhou manage migrate.",
        )
    role = rows(
        "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class c"
        " WHERE c.relname = ANY(%s) AND pg_has_role(r.oid, c.relowner, 'MEMBER'))"
        " OR EXISTS (SELECT FROM pg_roles u WHERE u.rolname = %s"
        " AND pg_has_role(r.oid, u.oid, 'USAGE'))"
        " FROM pg_roles r WHERE rolname = %s",
        [list(WALLED), UNBOUND, APPLICATION],
    )
    if role and role[0][0]:
        yield bad(
            f"数据库账号 {APPLICATION} 权力过大，行级安全约束不了它；请收回多余的角色。",
            f"Row-level security does not bind the role {APPLICATION}: take its powers back.",
        )
    free = rows(
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = %s AND usename <> %s",
        [SERVING, APPLICATION],
    )
    if free or not role:
        told_as = bad if settings.PRODUCTION and free else mind
        who = ", ".join(str(name) for (name,) in free) or "?"
        yield told_as(
            f"网站或后台任务以 {who} 连接数据库，行级安全（第二道墙）不起作用；"
            f"请让 web 和 worker 用 {APPLICATION} 连接，见 docs/operations.md。",
            f"Web server or worker connect as {who}, whom row-level security does not bind:"
            f" let them connect as {APPLICATION}, see docs/operations.md.",
        )
    elif not open_tables and not role[0][0]:
        yield good(
            f"行级安全策略在 {len(WALLED)} 张表上生效",
            f"Row-level security stands on {len(WALLED)} tables",
        )


def jobs(at: datetime) -> Iterable[Finding]:
    """Look at the job worker: whether it lives, and what waits for it."""
    beat = rows("SELECT max(last_heartbeat) FROM procrastinate_workers")[0][0]
    if beat is None or at - beat > timedelta(minutes=2):
        yield bad(
            "没有后台任务进程在运行；计数、审计链和导出会停住：tongzhou worker。",
            "No job worker is alive; counters, audit chain and exports stand still.",
        )
    else:
        yield good("后台任务进程在运行", "A job worker is alive")
    waiting, failed = rows(
        "SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) < %s),"
        " count(*) FILTER (WHERE status = 'failed') FROM procrastinate_jobs",
        [at - BEHIND],
    )[0]
    if waiting:
        yield mind(f"{waiting} 个任务等了五分钟以上", f"{waiting} jobs have waited five minutes")
    if failed:
        yield mind(f"{failed} 个任务失败，留待查看", f"{failed} jobs failed and wait to be seen to")


def counters(at: datetime) -> Iterable[Finding]:
    """Look at how many changes wait to be folded into counters."""
    waiting = rows("SELECT count(*) FROM duties_delta")[0][0]
    if waiting > MANY_DELTAS:
        yield mind(
            f"有 {waiting:,} 条计数变动尚未归并，汇总会变慢。",
            f"{waiting:,} changes are not folded yet; figures get slower.",
        )
    else:
        yield good(f"待归并的计数变动 {waiting:,} 条", f"{waiting:,} changes to fold")


def audit_chain(at: datetime) -> Iterable[Finding]:
    """Look whether recent audit lines are chained; ``tongzhou verify`` recomputes the chain."""
    last = AuditSeal.objects.order_by("-id").values_list("line_id", flat=True).first() or 0
    open_lines = AuditLine.objects.filter(pk__gt=last, at__lt=at - BEHIND).count()
    if open_lines:
        yield bad(
            f"{open_lines:,} 条审计记录超过五分钟没有入链。",
            f"{open_lines:,} audit lines have not been chained for five minutes.",
        )
    else:
        yield good("审计链跟得上", "The audit chain keeps up")


def storage(at: datetime) -> Iterable[Finding]:
    """Look at the folder for files and the room left on its disk."""
    folder = Path(settings.FILES_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(folder).free
    room = f"{free / 1024**3:.1f} GB"
    if free < LEAST_FREE:
        yield bad(f"文件目录所在磁盘只剩 {room}", f"Only {room} left on the disk of the files")
    else:
        yield good(f"文件目录可写，剩余 {room}", f"The file folder has {room} left")
    if folder.stat().st_mode & 0o007:
        yield bad(
            "文件目录对本机其他用户开放；请改为 700。",
            "The file folder is open to other users of the host; make it 700.",
        )


def settings_of_site(at: datetime) -> Iterable[Finding]:
    """Look at the settings that a site in production may not leave as they are."""
    if not settings.PRODUCTION:
        yield mind(
            "不是正式环境（TONGZHOU_ENV=production 才是），安全要求从宽。",
            "Not a production site (TONGZHOU_ENV=production is); safety is relaxed.",
        )
        return
    yield good("正式环境的设置通过启动检查", "The production settings passed the start-up check")
    if User.objects.filter(is_demo=True, is_active=True).exists():
        yield bad(
            f"正式环境里有 {len(PERSONAS)} 个演示账号，密码人人知道；请停用。",
            "Demonstration accounts with a known password are active; deactivate them.",
        )


def signing_in(at: datetime) -> Iterable[Finding]:
    """Look at the second factor and at whose word about a client's address is believed."""
    if not settings.SECOND_FACTOR_REQUIRED:
        told = bad if settings.PRODUCTION else mind
        yield told(
            "两步验证没有强制（SECOND_FACTOR_REQUIRED=0），机关和运维账号只凭密码登录。",
            "No second factor is asked for (SECOND_FACTOR_REQUIRED=0): a password is enough.",
        )
    elif settings.SECOND_FACTOR_SPARES_DEMO:
        told = bad if settings.PRODUCTION else mind
        yield told(
            "演示账号不需要两步验证（SECOND_FACTOR_SPARES_DEMO=1）。",
            "Demonstration accounts need no second factor (SECOND_FACTOR_SPARES_DEMO=1).",
        )
    else:
        yield good("机关和运维账号须两步验证", "Authorities and operators need a second factor")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        yield good(
            f"相信前面 {proxies} 层代理报告的来访地址（TRUSTED_PROXIES）",
            f"The address of a client is taken from {proxies} proxies (TRUSTED_PROXIES)",
        )
    elif settings.PRODUCTION:
        yield mind(
            "TRUSTED_PROXIES=0：如果前面有代理，所有人会被当作来自同一地址，限速会误伤。",
            "TRUSTED_PROXIES=0: behind a proxy everybody shares one address and its limits.",
        )


def field_keys(at: datetime) -> Iterable[Finding]:
    """Look at the keys of encrypted fields, and whether something is left under an older one."""
    names = [each.name for each in keys.keys()]  # noqa: SIM118 - a function
    left = sum(rotating.outdated().values())
    if closed := ", ".join(rotating.unreadable()):
        yield bad(
            f"现有密钥打不开这些个人信息：{closed}。请找回加密它们的密钥（备份中的 field_keys）。",
            f"No key here opens {closed}: bring back theirs (field_keys of a backup).",
        )
    elif left:
        yield mind(
            f"{left} 项个人信息还在旧密钥下：tongzhou manage keys rotate。",
            f"{left} texts lie under an older key: tongzhou manage keys rotate.",
        )
    else:
        yield good(f"个人信息加密密钥 {names[-1]}", f"Personal data is under the key {names[-1]}")
    if os.environ.get(keys.VARIABLE) and keys.path().exists():
        yield mind(
            f"{keys.path()} 没有被使用：密钥来自 {keys.VARIABLE}。",
            f"{keys.path()} is not used: the keys come from {keys.VARIABLE}.",
        )


def append_only_tables(at: datetime) -> Iterable[Finding]:
    """Look whether the database still refuses to change the audit trail."""
    standing = rows(
        "SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgenabled <> 'D'"
    )[0][0]
    if standing < len(append_only.TABLES):
        yield bad(
            "审计表的只增不改触发器被去掉或停用，请查明原因并恢复。",
            "The triggers that keep the audit trail append-only are gone or off.",
        )
    else:
        yield good("审计表只增不改", "The audit trail is append-only")


def calendar(at: datetime) -> Iterable[Finding]:
    """Look whether the working days of this year and the next are known."""
    year = local_day(at).year
    missing = [each for each in (year, year + 1) if not is_covered(each)]
    if missing:
        years = "、".join(map(str, missing))
        yield mind(
            f"{years} 年的放假安排还没有录入，以工作日计的期限暂按周一至周五算。",
            f"No holidays are known for {missing}; working days are Monday to Friday there.",
        )
    else:
        yield good("工作日历已覆盖到明年", "The calendar of working days reaches into next year")


def helpers(at: datetime) -> Iterable[Finding]:
    """Look at programs that are used when they are there."""
    if shutil.which("soffice") or shutil.which("libreoffice"):
        yield good("可以读取 .doc、.wps（LibreOffice）", "LibreOffice reads .doc and .wps")
    else:
        yield mind(
            "没有 LibreOffice，读不了 .doc、.wps；请用户另存为 .docx。",
            "Without LibreOffice .doc and .wps cannot be read; .docx can.",
        )


CHECKS: tuple[Callable[[datetime], Iterable[Finding]], ...] = (
    database,
    rights,
    second_wall,
    jobs,
    counters,
    audit_chain,
    append_only_tables,
    field_keys,
    storage,
    settings_of_site,
    signing_in,
    calendar,
    helpers,
)


def examine(at: datetime) -> list[Finding]:
    """Make every check; one that cannot be made is a bad finding itself."""
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found.extend(check(at))
        except Exception as error:
            told = f"{check.__name__}: {type(error).__name__}"
            found.append(bad(f"检查做不下去 {told}", f"This check could not be made: {told}"))
    return found
