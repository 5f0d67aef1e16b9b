"""The front end for ``serverless.yml``: a service of Serverless Framework 3 as one CloudFormation template.

    resolve     the whole file without ``${...}``, values of the types that they are read as     variables/ schema.py
    package     which artefact holds the code of what                                           package.py
    compile     the passes below, each adding resources                                         compiler.py

The passes, in the order in which they run: ``bucket``, ``logs``, ``iam``, ``layers``, ``functions`` (with ``versions``,
``urls``, ``invocation``), ``events`` (one module a kind; ``api`` for REST APIs), ``resources`` (the user's own), then
``externals`` and ``deployment`` for what no template carries. ``naming`` has the logical ids, which are the framework's
to the letter; ``lodash`` how maps, lists and words are put together.

May not: deploy or upload anything. Importing this package imports none of its rooms but ``model``.
"""

from pathlib import Path

from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.model import Compiled, CompiledFunction, Deployment, External, Options

__all__ = ["Compiled", "CompiledFunction", "Deployment", "External", "Options", "compile_service", "package"]


def compile_service(file: Path, options: Options) -> Compiled:
    """The template of a service and all that belongs to it. Raises UserError with file, line and column.

    Equal input gives equal output, but for the time stamp that ``options.clock`` tells.
    """
    from stratolite.templates.serverless.compiler import compile_file

    return compile_file(file, options)


def package(compiled: Compiled, out: Path) -> dict[Artefact, Path]:
    """Writes the artefacts' zips into a folder, those alone that changed; gives where each one is."""
    from stratolite.templates.serverless import package as packages

    return packages.package(compiled, out)
