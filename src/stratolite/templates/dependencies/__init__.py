"""Packages that an application asks for and that are not installed: what is missing, and how it gets there.

    installation   what is missing and the command that installs it, as data: nothing acts here
    runner         runs a command in sight of the user, and ends it when they leave
    manifests      package.json: which packages are needed to run, and which serve deployment alone
    spared         the framework and its plugins, which npm need not install where nothing says in which versions
    managers       npm, yarn, pnpm and bun: which one a folder uses, its commands, and what to try when one fails
    failures       why one of them failed, by its codes
    node           the projects of Node: found, compared with ``node_modules``, installed
    places         where things lie around a folder: its repository, its workspace
    record         what was installed by us, remembered in ``node_modules`` by the digest of the lock
    requirements   what a Python folder asks for, as lines that pip reads, whichever tool wrote it down
    locks          the locks of Pipenv, Poetry, uv and PDM as such lines
    python         the packages of such lines for one interpreter: installed once for each content
    contemporaries versions that the Python of a retired runtime would get beside those that are written
    pins           versions that do not install on this machine's Python, and what is taken in their place

May not: know of a ``serverless.yml``; ``templates/serverless/installations.py`` says what a service needs.
"""
