"""What is written alike in every language: names of formats, examples, codes that are typed."""

from __future__ import annotations

ALIKE = {
    "json": "JSON",
    "json_option": "--json",
    "yes_option": "--yes",
    "q": "q-",
    "r": "r-",
    "p": "p-",
    "example": "2026-03-01T18:00+08:00",
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "xlsx": "xlsx",
    "file_url": "sqlite:///community.db",
    "server_url": "postgresql://user@host/database",
    "redis_url": "redis://host:6379/0",
    "time": "2026-03-01T18:00+08:00",
    "zone": "Asia/Shanghai",
    "address": "11号楼3单元501",
    "slug": "riverside",
    "all": "all",
    "dash": "«-»",
    "languages": "zh-CN, en",
    "roles": "floor_captain, building_lead, community_worker, cadre",
    "sheets": "register, requests",
    "levels": "open, enclosed, precaution, controlled, sealed, temporary",
    "kinds": "medicine, food, garbage, stair_carry, medical_ride",
    "urgencies": "life, health, hardship, none",
    "channels": "app, chat, phone, door, paper, sheet, staff",
    "purposes": "delivery, contact, correction, own_data, review, emergency",
    "outcomes": "success, left_there, picked_up",
    "failures": "not_home, bad_address, not_wanted, not_ready, refused_at_door",
    "environment": "DISPATCH_STORE, DISPATCH_KEYS, DISPATCH_REDIS, DISPATCH_LANGUAGE, DISPATCH_ACTOR",
}
"""Parameters that any message of the command line may take."""
