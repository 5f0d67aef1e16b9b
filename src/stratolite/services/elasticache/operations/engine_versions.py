"""What engines AWS offers, and what serves them on this machine."""

from typing import Any

from stratolite.core.call import Call
from stratolite.services.elasticache import Elasticache, api, lookup, programs, rules


async def describe_cache_engine_versions(
    call: Call, elasticache: Elasticache, request: api.DescribeCacheEngineVersionsMessage
) -> api.CacheEngineVersionMessage:
    """The versions of AWS's that a template may name. Their description says what serves them here."""
    found: list[dict[str, Any]] = []
    for engine in rules.ENGINES:
        program = await programs.find(engine)
        found += [_shown(engine, version, program) for version in rules.VERSIONS[engine]]
    for member in ("Engine", "EngineVersion", "CacheParameterGroupFamily"):
        if request.get(member):
            found = [one for one in found if one[member] == request.get(member)]
    if request.get("DefaultOnly"):
        found = [one for one in found if one["EngineVersion"] == rules.VERSIONS[one["Engine"]][-1]]
    shown, marker = lookup.page(found, request.get("MaxRecords"), request.get("Marker", ""))
    result: Any = {"CacheEngineVersions": shown}
    if marker:
        result["Marker"] = marker
    answer: api.CacheEngineVersionMessage = result
    return answer


def _shown(engine: str, version: str, program: programs.Program) -> dict[str, Any]:
    return {
        "Engine": engine,
        "EngineVersion": version,
        "CacheParameterGroupFamily": rules.family(engine, version),
        "CacheEngineDescription": engine.capitalize(),
        "CacheEngineVersionDescription": f"{engine} version {version}, served by {program.title}",
    }
