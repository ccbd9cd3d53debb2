"""Column names as communities write them, in Chinese and English, and the keys they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum


class Column(StrEnum):
    """What a column holds; the value is the key that problems name."""

    COMPOUND = "compound"
    BUILDING = "building"
    BUILDING_UNIT = "building_unit"
    BUILDING_UNIT_COUNT = "building_unit_count"
    FLOORS = "floors"
    DOOR = "door"
    LIFT = "lift"
    ENTRANCE = "entrance"
    CONTROL_LEVEL = "control_level"
    ADDRESS = "address"
    HOUSEHOLD = "household"
    NAME = "name"
    PHONE = "phone"
    ROLE = "role"
    SCOPE = "scope"
    SKILLS = "skills"
    CAPACITY = "capacity"
    PAPER = "paper"
    ISOLATED = "isolated"
    KIND = "kind"
    URGENCY = "urgency"
    NOTE = "note"
    CHANNEL = "channel"
    REPORTED_AT = "reported_at"
    NEEDED_BY = "needed_by"
    REPORTER = "reporter"


_NAMES: Mapping[Column, str] = {
    Column.COMPOUND: "小区 小区名称 所属小区 compound estate",
    Column.BUILDING: "楼栋 楼号 楼栋号 栋号 幢号 楼幢 building block buildingno",
    Column.BUILDING_UNIT: "单元 单元号 楼门 buildingunit stairwell",
    Column.BUILDING_UNIT_COUNT: "单元数 单元数量 buildingunitcount buildingunits",
    Column.FLOORS: "楼层 楼层数 层数 所在楼层 floors floor storeys levels",
    Column.DOOR: "房号 门牌 门牌号 房间号 室号 door room doorno flat",
    Column.LIFT: "电梯 有无电梯 是否有电梯 lift elevator",
    Column.ENTRANCE: "入口层 大门楼层 出入口楼层 entrance entrancefloor",
    Column.CONTROL_LEVEL: "管控等级 管控级别 controllevel",
    Column.ADDRESS: "地址 住址 详细地址 家庭住址 address",
    Column.HOUSEHOLD: "户号 户编号 household householdno",
    Column.NAME: "姓名 名字 联系人 name",
    Column.PHONE: "电话 手机 手机号 联系电话 电话号码 手机号码 phone mobile telephone",
    Column.ROLE: "角色 身份 role",
    Column.SCOPE: "负责范围 负责区域 责任范围 scope",
    Column.SKILLS: "技能 特长 skills skill",
    Column.CAPACITY: "容量 工作量上限 capacity loadmax",
    Column.PAPER: "纸质 纸质派单 paper",
    Column.ISOLATED: "隔离 是否隔离 居家隔离 isolated",
    Column.KIND: "类型 事项 需求 求助类型 需求类型 kind type need",
    Column.URGENCY: "紧急程度 紧急度 urgency",
    Column.NOTE: "备注 说明 详情 note notes remarks",
    Column.CHANNEL: "来源 渠道 channel source",
    Column.REPORTED_AT: "时间 登记时间 报单时间 reportedat time",
    Column.NEEDED_BY: "截止时间 要求时间 neededby deadline",
    Column.REPORTER: "报单人 登记人 reporter reportedby",
}
_REMARK = re.compile(r"\([^()]*\)|[\s*:_\-]+")
COLUMN_NAMES = {name: column for column, names in _NAMES.items() for name in names.split()}


def column_of(header: str) -> Column | None:
    """Return what a header stands for; spaces, case, asterisks and (remarks) do not count."""
    name = _REMARK.sub("", unicodedata.normalize("NFKC", header).casefold())
    return COLUMN_NAMES.get(name)
