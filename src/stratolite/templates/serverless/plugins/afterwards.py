"""What plugins do after a deployment, read from the file: seeds of tables, folders in buckets, names of APIs."""

from dataclasses import replace

from stratolite.templates.document import Map
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.local import Local
from stratolite.templates.serverless.plugins import domains, folders, named, seeds


def read(work: Compilation) -> Local:
    """What is to be done here after the deployment, with the files that were read for it."""
    document: Map = work.service.document
    names = {name for name, _ in named(document)}
    folder = work.service.folder
    found = Local()
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
    return replace(found, sources=tuple(dict.fromkeys(sources)))
