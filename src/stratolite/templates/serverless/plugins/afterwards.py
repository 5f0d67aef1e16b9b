"""What plugins do besides a deployment, read from the file: seeds of tables, folders in buckets, names of APIs, and how
APIs are served."""

from dataclasses import replace

from stratolite.templates.document import Map
from stratolite.templates.serverless.api.rest_api import stage_name
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.local import Local
from stratolite.templates.serverless.plugins import domains, folders, listeners, named, offline, seeds


def read(work: Compilation) -> Local:
    """What is to be done here after the deployment, with the files that were read for it."""
    document: Map = work.service.document
    names = {name for name, _ in named(document)}
    folder = work.service.folder
    found = Local(listeners=listeners.read(document, names, work.warn_locally))
    sources = []
    if names & {*seeds.NAMES}:
        room = seeds.Seeds(document, folder, work.service.stage, work.warn_locally)
        found = replace(found, seeds=room.read())
        sources += room.sources
    if names & {*folders.NAMES}:
        uploads = folders.Folders(document, folder, names, work.warn_locally)
        found = replace(found, folders=uploads.read())
        sources += uploads.sources
    if names & {*domains.NAMES}:
        found = replace(found, domains=domains.read(document, work.service.stage, work.warn_locally))
    if offline.NAME in names:
        port, serving = offline.read(document, stage_name(work.service), work.warn_locally)
        found = replace(found, app_port=port, serving=serving)
    return replace(found, sources=tuple(dict.fromkeys(sources)))
