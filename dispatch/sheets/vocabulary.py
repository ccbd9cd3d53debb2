"""Words that communities write in cells of choice, and the keys of `dispatch.domain` they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dispatch.domain.text import fold
from dispatch.domain.values import Channel, ControlLevel, Role, Urgency

_JOINTS = re.compile(r"[\s_\-/]+")


def word_of(text: str) -> str:
    """Return the form in which words of choice are compared: no case, spaces, hyphens or slashes."""
    return _JOINTS.sub("", fold(text, "word").casefold())


def _words(meanings: Mapping[str, str]) -> Mapping[str, str]:
    return {word_of(w): key for key, words in meanings.items() for w in (key, *words.split())}


ROLES = _words(
    {
        Role.FLOOR_CAPTAIN.value: "楼层长 层长 captain",
        Role.BUILDING_LEAD.value: "楼长 楼栋长 lead",
        Role.COMMUNITY_WORKER.value: "社区工作者 社工 网格员 社区干部",
        Role.CADRE.value: "下沉干部 下沉人员 干部",
        Role.VOLUNTEER.value: "志愿者",
        Role.DRIVER.value: "司机 驾驶员",
        Role.MEDICAL_STAFF.value: "医护 医护人员 医生 护士 doctor nurse",
        Role.COUNSELLOR.value: "心理咨询 心理咨询师 counselor",
    }
)
KINDS = _words(
    {
        "medicine": "买药 药品 送药 取药 配药",
        "food": "买菜 食品 蔬菜 粮油 生活物资 groceries",
        "garbage": "垃圾 清运垃圾 垃圾清运 倒垃圾 rubbish",
        "stair_carry": "搬抬 下楼护送 搬抬下楼 抬人下楼",
        "medical_ride": "就医用车 就医 送医 用车就医",
    }
)
URGENCIES = _words(
    {
        Urgency.LIFE.value: "危及生命 生命危险",
        Urgency.HEALTH.value: "危及健康 影响健康",
        Urgency.HARDSHIP.value: "生活困难",
        Urgency.NONE.value: "一般 普通 不急 ordinary",
    }
)
CHANNELS = _words(
    {
        Channel.CHAT.value: "微信 微信群 群接龙 群 wechat",
        Channel.PHONE.value: "电话 来电 热线 call",
        Channel.DOOR.value: "上门 敲门 入户 门口",
        Channel.PAPER.value: "纸条 纸质 本子 登记本 notebook",
        Channel.STAFF.value: "工作人员 工作人员发现 网格员 社区发现",
        Channel.APP.value: "小程序 应用",
        Channel.SHEET.value: "表格 台账",
    }
)
CONTROL_LEVELS = _words(
    {
        ControlLevel.OPEN.value: "无 解封 正常",
        ControlLevel.ENCLOSED.value: "围合 围合管理",
        ControlLevel.PRECAUTION.value: "防范 防范区",
        ControlLevel.CONTROLLED.value: "管控 管控区",
        ControlLevel.SEALED.value: "封控 封控区",
        ControlLevel.TEMPORARY.value: "临时管控 临时",
    }
)
SKILLS = _words(
    {
        "stair_carry": "搬抬 抬人 搬抬下楼",
        "drive": "驾驶 开车 司机 driving",
        "protective_gear": "防护服 穿脱防护服 防护 ppe",
        "nursing": "护理 医护",
        "counselling": "心理咨询 心理疏导 counseling",
    }
)
YES_NO = _words({"yes": "有 是 有电梯 电梯 y true 1 √ ✓", "no": "无 否 没有 无电梯 步梯 n false 0 × ✗"})
TABLE_TITLES = _words(
    {
        "buildings": "楼栋 楼栋表 楼栋台账 building",
        "responders": "人员 人员表 承办人 responder",
        "residents": "居民 居民表 居民台账 住户 resident",
        "requests": "求助 求助单 需求 需求表 request",
    }
)
"""Sheet titles, and the table that each one holds."""
