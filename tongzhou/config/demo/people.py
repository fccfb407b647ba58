"""The demonstration's people: one persona for each role, invented names."""

from dataclasses import dataclass

from tongzhou.kernel.access import Role

PASSWORD = "tongzhou-demo"  # noqa: S105 - the demonstration's, printed at start


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as. ``place`` is a region id for an authority's people.

    ``organ`` people act for the demonstration's chosen organisation. ``note`` says what the
    persona is there to do.
    """

    username: str
    name: str
    role: Role
    note: str
    place: int | None = None
    kind: str = "REGISTRATION"


PERSONAS = (
    Persona("buji", "陆文澜", Role.OFFICER, "民政部：看全国，向下追到一家", 0),
    Persona("shengji", "梁静怡", Role.OFFICER, "广东省：看各市进展", 440_000),
    Persona("shiji", "陈思远", Role.OFFICER, "广州市：定响应级别、审核、督促", 440_100),
    Persona("shilingdao", "黄国樑", Role.LEADER, "广州市领导：看全局，定响应级别", 440_100),
    Persona("quji", "何婉莹", Role.OFFICER, "天河区：审核本区登记的组织", 440_106),
    Persona("chuangkou", "罗子晴", Role.CLERK, "广州市登记服务窗口：每日消毒、物资", 440_100),
    Persona("zonghe", "马晓东", Role.OFFICE, "广州市综合岗：收文、起草、本机关报送", 440_100),
    Persona("zhifa", "高志远", Role.ENFORCEMENT, "广州市执法人员：查阅组织和报送", 440_100),
    Persona("xuanchuan", "沈雨桐", Role.PUBLICITY, "广州市宣传岗：看进展数字", 440_100),
    Persona("shenji", "韩立诚", Role.AUDITOR, "广州市审计人员：只看不改，查操作记录", 440_100),
    Persona(
        "zhuguan", "郑凯", Role.SUPERVISOR, "业务主管单位：看所主管的组织", 440_100, "SUPERVISOR"
    ),
    Persona("hangye", "谢敏", Role.INDUSTRY, "行业管理部门：看所指导的组织", 440_100, "INDUSTRY"),
    Persona("shudi", "周志强", Role.TERRITORY, "属地：看在天河区的组织", 440_106),
    Persona("dangjian", "唐晓岚", Role.PARTY_LINE, "党建工作机构：看全市组织", 440_100),
    Persona("mishuchu", "林晓彤", Role.SECRETARIAT, "秘书处：今天要做什么、报送、补正"),
    Persona("faren", "吴建国", Role.LEGAL_REP, "法定代表人：第一责任人"),
    Persona("dangzhibu", "苏红", Role.PARTY_ORG, "党组织：自己的任务"),
    Persona("jianshihui", "许明德", Role.SUPERVISORY_BOARD, "监事会：独立监督"),
    Persona("caiwu", "孙丽", Role.FINANCE, "财务：看本组织的任务和报送"),
    Persona("zhiyuan", "邓凯文", Role.VOLUNTEER_LEAD, "志愿服务负责人：看本组织的任务"),
    Persona("huiyuan", "蒋小雨", Role.MEMBER, "会员：看本组织的公开资料"),
    Persona("yunwei", "方舟", Role.OPERATOR, "系统运维：审计、账号"),
)
