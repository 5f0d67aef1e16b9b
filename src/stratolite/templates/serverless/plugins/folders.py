"""Plugins that upload folders into buckets: serverless-s3-sync, serverless-finch, serverless-s3-deploy and
serverless-single-page-app-plugin; and the buckets that serverless-s3-local makes.

Files are found here; ``targets`` uploads those that have changed, after the deployment. Commands that make the files
(``preCommand``) are told, not run. Buckets of finch are made into sites, as on AWS.
Sources: https://github.com/k1LoW/serverless-s3-sync, https://github.com/fernando-mc/serverless-finch,
https://github.com/funkybob/serverless-s3-deploy, https://github.com/ar90n/serverless-s3-local
"""

import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import making
from stratolite.templates.serverless.globs import matcher
from stratolite.templates.serverless.local import BucketName, SyncedFile, SyncedFolder
from stratolite.templates.serverless.selection import Selection
from stratolite.templates.serverless.warned import Warn

SYNC = "serverless-s3-sync"
FINCH = "serverless-finch"
DEPLOY = "serverless-s3-deploy"
SINGLE_PAGE = "serverless-single-page-app-plugin"
BUCKETS = "serverless-s3-local"
NAMES = (SYNC, FINCH, DEPLOY, SINGLE_PAGE, BUCKETS)

HEADERS = {
    "acl": "ACL",
    "cachecontrol": "CacheControl",
    "contentdisposition": "ContentDisposition",
    "contentencoding": "ContentEncoding",
    "contentlanguage": "ContentLanguage",
    "contenttype": "ContentType",
    "metadata": "Metadata",
}
"""Members of PutObject, by what plugins call them: ``Cache-Control``, ``CacheControl``."""
TYPES = {
    ".avif": "image/avif",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "application/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "application/javascript",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".yaml": "text/yaml",
    ".yml": "text/yaml",
}
"""What Python's own table lacks, or calls otherwise than the package mime."""
_KNOWN = mimetypes.MimeTypes(filenames=())


class Folders:
    """The folders of one file; ``sources`` are those on disk."""

    def __init__(self, document: Map, folder: Path, plugins: set[str], warn: Warn) -> None:
        custom = document.get("custom")
        self._custom = custom if isinstance(custom, Map) else Map(document.at)
        self._folder = folder
        self._plugins = plugins
        self._warn = warn
        self.sources: list[Path] = []

    def read(self) -> tuple[SyncedFolder, ...]:
        """What is to be in which bucket; a folder that is not there is warned of, and left out."""
        readers = {
            BUCKETS: self._buckets,
            SYNC: self._synced,
            FINCH: self._site,
            DEPLOY: self._assets,
            SINGLE_PAGE: self._single_page,
        }
        return tuple(found for name, reader in readers.items() if name in self._plugins for found in reader())

    # Plugins -------------------------------------------------------------------------------------------------------

    def _synced(self) -> Iterator[SyncedFolder]:
        settings = self._custom.get("s3Sync")
        entries = settings.get("buckets") if isinstance(settings, Map) else settings
        if isinstance(settings, Map) and str(settings.get("noSync", "")).lower() == "true":
            return
        for each in entries if isinstance(entries, List) else ():
            if not isinstance(each, Map) or each.get("enabled") is False:
                continue
            name, output, local = each.get("bucketName"), each.get("bucketNameKey"), each.get("localDir")
            if not (isinstance(name, str) or isinstance(output, str)) or not isinstance(local, str):
                what = "an entry of custom.s3Sync needs bucketName and localDir, and is left out"
                self._warn(what, each.at, Kind.LEFT_OUT, about="plugins")
                continue
            root = self._root(local, mark_of(each, "localDir"), str(each.get("preCommand") or ""))
            if root is None:
                continue
            base = {"ACL": each["acl"]} if isinstance(each.get("acl"), str) and each["acl"] != "private" else {}
            rules = [
                (str(glob), members)
                for one in _maps(each.get("params"))
                for glob, members in one.items()
                if isinstance(members, Map)
            ]
            files = [
                self._file(root, file, prefix=_prefix(each.get("bucketPrefix")), base=base, rules=rules, given=each)
                for file in Selection.of([], []).files(root)
            ]
            tags = each.get("bucketTags")
            yield SyncedFolder(
                BucketName(name if isinstance(name, str) else "", output if isinstance(output, str) else ""),
                _prefix(each.get("bucketPrefix")),
                tuple(files),
                deletes=each.get("deleteRemoved") is not False,
                tags={key: str(value) for key, value in tags.items()} if isinstance(tags, Map) else None,
                at=str(each.at),
            )

    def _site(self) -> Iterator[SyncedFolder]:
        settings = self._custom.get("client")
        name = settings.get("bucketName") if isinstance(settings, Map) else None
        if not isinstance(settings, Map) or not isinstance(name, str):
            return
        local = str(settings.get("distributionFolder") or "client/dist")
        root = self._root(local, mark_of(settings, "distributionFolder"))
        if root is None:
            return
        headers = settings.get("objectHeaders")
        rules = [
            ("**" if glob == "ALL_OBJECTS" else f"{glob}**" if glob.endswith("/") else glob, _named(pairs))
            for glob, pairs in (headers.items() if isinstance(headers, Map) else ())
        ]
        prefix = _prefix(settings.get("keyPrefix"))
        names = Selection.of([], []).files(root)
        files = tuple(self._file(root, one, prefix=prefix, base={}, rules=rules, given=settings) for one in names)
        makes = settings.get("manageResources") is not False
        website = _website(settings) if makes else None
        at = str(settings.at)
        yield SyncedFolder(BucketName(name), prefix, files, True, makes_bucket=makes, at=at, website=website)

    def _assets(self) -> Iterator[SyncedFolder]:
        settings = self._custom.get("assets")
        targets = settings.get("targets") if isinstance(settings, Map) else settings
        for target in _maps(targets):
            bucket = target.get("bucket")
            logical_id = bucket.get("Ref") if isinstance(bucket, dict) else None
            if not isinstance(bucket, str) and not isinstance(logical_id, str):
                what = "a target of custom.assets names no bucket, and is left out"
                self._warn(what, target.at, Kind.LEFT_OUT, about="plugins")
                continue
            prefix = _prefix(target.get("prefix"))
            base = {"ACL": target["acl"]} if target.get("acl", "private") != "private" else {}
            files: list[SyncedFile] = []
            for each in _maps(target.get("files")):
                root = self._root(str(each.get("source") or "."), mark_of(each, "source"))
                if root is None:
                    continue
                globs = each.get("globs")
                wanted = [str(one) for one in (globs if isinstance(globs, list) else [globs])]
                headers = each.get("headers")
                rules = [("**", headers)] if isinstance(headers, Map) else []
                files += [
                    self._file(root, one, prefix=prefix, base=base, rules=rules, given=each)
                    for one in Selection.of(["!**"], wanted).files(root)
                ]
            name = BucketName(bucket) if isinstance(bucket, str) else BucketName(logical_id=str(logical_id))
            yield SyncedFolder(name, prefix, tuple(files), deletes=truthy(target.get("empty")), at=str(target.at))

    def _single_page(self) -> Iterator[SyncedFolder]:
        local = self._custom.get("s3LocalPath")
        mark = mark_of(self._custom, "s3LocalPath")
        root = self._root(local, mark) if isinstance(local, str) else None
        if root is not None:
            names = Selection.of([], []).files(root)
            files = tuple(self._file(root, one, prefix="", base={}, rules=[], given=self._custom) for one in names)
            yield SyncedFolder(BucketName(output="WebAppS3BucketOutput"), "", files, at=str(mark))

    def _buckets(self) -> Iterator[SyncedFolder]:
        settings = self._custom.get("s3")
        names = settings.get("buckets") if isinstance(settings, Map) else None
        for name in names if isinstance(names, List) else [names]:
            if isinstance(name, str) and name:
                yield SyncedFolder(BucketName(name), "", (), makes_bucket=True, at=str(mark_of(settings, "buckets")))

    # Files ---------------------------------------------------------------------------------------------------------

    def _root(self, local: str, mark: Mark, command: str = "") -> Path | None:
        """A folder that is to be uploaded; None, and a warning, where it is not there."""
        root = (self._folder / local.lstrip("/")).resolve()
        self.sources.append(root)
        if root.is_dir():
            return root
        run = command or making.hint(self._folder.resolve(), root)
        todo = f": run '{run}', it is uploaded then" if run else ": what is put there is uploaded then"
        self._warn(f"the folder {local} is not there yet{todo}", mark, Kind.ABSENT, about="plugins")
        return None

    def _file(
        self, root: Path, name: str, *, prefix: str, base: Mapping[str, Any], rules: list[tuple[str, Any]], given: Map
    ) -> SyncedFile:
        """A file with what the rules that fit it say of it; later ones win."""
        settings: dict[str, Any] = {**base}
        for glob, members in rules:
            if _fits(glob, name):
                settings |= self._members(members, given)
        default = given.get("defaultContentType")
        kind = content_type(name, default if isinstance(default, str) else "application/octet-stream")
        return SyncedFile(f"{prefix}{name}", root / name, {"ContentType": kind} | settings)

    def _members(self, members: Mapping[str, Any], given: Map) -> dict[str, Any]:
        """Members of PutObject. Others are told once: warnings that are alike are shown once."""
        found: dict[str, Any] = {}
        for name, value in members.items():
            known = HEADERS.get(name.replace("-", "").lower())
            if known is None:
                what = f"objects are uploaded without {name}, which is not set here"
                self._warn(what, given.at, Kind.NO_EFFECT, about="plugins")
            else:
                found[known] = {key: str(one) for key, one in value.items()} if isinstance(value, Map) else str(value)
        return found


def content_type(name: str, default: str) -> str:
    """The media type of a file, by its suffix."""
    suffix = Path(name).suffix.lower()
    return TYPES.get(suffix) or _KNOWN.types_map[1].get(suffix) or default


def _fits(glob: str, name: str) -> bool:
    """Whether a pattern fits a file; one without a slash fits it in any folder."""
    try:
        return matcher(glob)(name) or ("/" not in glob and matcher(glob)(name.rpartition("/")[2]))
    except ValueError:
        return False


def _named(pairs: Any) -> Map:
    """Headers that are written as ``[{name: Cache-Control, value: no-store}]``."""
    found = Map(pairs.at if isinstance(pairs, List) else Mark(""))
    for each in _maps(pairs):
        found[str(each.get("name"))] = each.get("value")
    return found


def _website(settings: Map) -> dict[str, Any]:
    """What finch makes of a bucket: names begin with a capital there, as in S3's own requests."""
    everything = settings.get("redirectAllRequestsTo")
    if isinstance(everything, Map):
        return {"RedirectAllRequestsTo": _capital(everything)}
    website: dict[str, Any] = {
        "IndexDocument": {"Suffix": str(settings.get("indexDocument") or "index.html")},
        "ErrorDocument": {"Key": str(settings.get("errorDocument") or "error.html")},
    }
    rules = [
        {
            part.capitalize(): _capital(rule[part])
            for part in ("redirect", "condition")
            if isinstance(rule.get(part), Map)
        }
        for rule in _maps(settings.get("routingRules"))
    ]
    return {**website, "RoutingRules": rules} if rules else website


def _capital(said: Map) -> dict[str, str]:
    return {f"{name[:1].upper()}{name[1:]}": str(value) for name, value in said.items()}


def _maps(value: Any) -> list[Map]:
    return [each for each in value if isinstance(each, Map)] if isinstance(value, list) else []


def _prefix(value: Any) -> str:
    """A prefix of keys, with a slash behind it."""
    bare = str(value or "").strip("/")
    return f"{bare}/" if bare else ""
