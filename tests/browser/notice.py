"""A notice that comes with nobody's delivery: written for the journey, with its amendment."""

import re
from io import BytesIO

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from playwright.sync_api import FilePayload

TITLE = "广州市民政局关于做好社会组织冬春季健康防护和安全值守工作的通知"
NUMBER = "穗民〔2026〕37号"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

TEXT = f"""{TITLE}
{NUMBER}
各区民政局，各市级社会组织：
为做好今冬明春社会组织健康防护和安全值守工作，切实保障从业人员和服务对象身体健康，现将有关事项通知如下。
一、压实工作责任
（一）各社会组织要明确一名负责人牵头健康防护工作，并于收到本通知后3个工作日内将负责人姓名和联系电话报送登记管理机关。
（二）各区民政局要对本辖区社会组织落实情况进行抽查，每周五前将抽查情况报市民政局。
二、落实防护措施
（一）各社会组织要每日对办公场所通风消毒，并做好记录。
（二）养老、托育等服务机构要对进入场所的人员每日开展体温检测，每日16:00前报告异常情况。
（三）提倡社会组织采用视频会议等方式开展活动。
三、严格活动管理
（一）各社会组织不得组织超过50人的室内聚集性活动。
（二）确需举办室内活动的，应当提前5个工作日向登记管理机关报告，并制定健康防护方案。
四、加强值班值守
（一）社会组织可以向所在地街道申请领取防护物资。
（二）各社会组织要落实24小时值班制度，遇有突发情况立即报告。
附件：冬春季防护物资清单
广州市民政局
2026年1月12日
附件
冬春季防护物资清单
口罩、消毒液、体温计、洗手液。
"""

#: What the amendment does to the notice: one clause reworded, one tightened, one gone, one new.
AMENDED = (
    TEXT.replace("2026年1月12日", "2026年2月3日")
    .replace("3个工作日内将负责人姓名", "1个工作日内将负责人姓名")
    .replace("每日对办公场所通风消毒，并做好记录", "每日对办公场所开窗通风、消毒，并做好记录")
    .replace("（二）各社会组织要落实24小时值班制度，遇有突发情况立即报告。\n", "")
    .replace(
        "等方式开展活动。\n",
        "等方式开展活动。\n（四）各社会组织要每周组织一次消防安全自查，并报送自查情况。\n",
    )
)


def word_file(text: str, name: str) -> FilePayload:
    """Return a text as a Word file: title and signature by layout, a line a paragraph."""
    document = Document()
    for line in text.splitlines():
        paragraph = document.add_paragraph(line)
        if line == TITLE:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif re.fullmatch(r"广州市民政局|\d{4}年\d+月\d+日", line):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made = BytesIO()
    document.save(made)
    return {"name": name, "mimeType": WORD, "buffer": made.getvalue()}
