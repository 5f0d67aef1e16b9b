"""Which file describes an application: the forms of a service's file and of templates, by their names."""

from pathlib import Path

from stratolite.cli.surroundings import others, services_below
from stratolite.core.errors import UserError

SERVICES = tuple(f"serverless.{suffix}" for suffix in ("yml", "yaml", "json", "js", "mjs", "cjs", "ts"))
"""In the order in which the Serverless Framework takes them."""
NAMES = (*SERVICES, "template.yaml", "template.yml", "template.json")
COMPOSITIONS = tuple(f"serverless-compose.{suffix}" for suffix in ("yml", "yaml", "json", "js", "ts"))
SERVICES_SHOWN_MAX = 10


def find(path: Path) -> Path:
    """The file that describes the application in a folder, or the file itself. Raises UserError."""
    if path.is_file():
        return path
    if not path.exists():
        raise UserError("there is no such file or folder", where=str(path))
    found = next((path / name for name in NAMES if (path / name).is_file()), None)
    if found is not None:
        return found
    composed = next((path / name for name in COMPOSITIONS if (path / name).is_file()), None)
    if composed is not None:
        raise UserError(
            "the file composes several services, which are run one by one", where=str(composed), todo=_listed(composed)
        )
    raise UserError("there is no application here", where=str(path), todo=_todo(path))


def _todo(folder: Path) -> str:
    """What people may have meant."""
    services, found = services_below(folder), others(folder)
    lines = []
    if services:
        lines.append(f"There {'is one' if len(services) == 1 else f'are {len(services)}'} below:{_commands(services)}")
    if found:
        lines.append(f"There is {' and '.join(found)}, which is not run here.")
        if (folder / "cdk.json").is_file():
            lines.append("'cdk synth' writes templates that are: 'stratolite up cdk.out/NAME.template.json'.")
    if not services:
        lines.append(f"What is looked for: {', '.join(NAMES[:-1])} or {NAMES[-1]}; or name the file itself.")
        lines.append("'stratolite init' writes a new one.")
    return "\n  ".join(lines)


def _listed(composed: Path) -> str:
    """The folders of the services that a file composes, as commands."""
    from stratolite.templates.document import Map, read_document

    services = None
    if composed.suffix in (".yml", ".yaml", ".json"):
        document = read_document(composed)
        services = document.get("services") if isinstance(document, Map) else None
    paths = [one.get("path") for one in services.values() if isinstance(one, Map)] if isinstance(services, Map) else []
    folders = [composed.parent / str(path) for path in paths if path] or services_below(composed.parent)
    if not folders:
        return "Name the folder of one of them: stratolite up services/users."
    return f"Run one of them:{_commands(folders)}"


def _commands(places: list[Path]) -> str:
    more = len(places) - SERVICES_SHOWN_MAX
    lines = [f"\n    stratolite up {place}" for place in places[:SERVICES_SHOWN_MAX]]
    return "".join(lines) + (f"\n    and {more} more" if more > 0 else "")
