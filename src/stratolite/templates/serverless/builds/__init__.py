"""Node handlers that are built before they are packaged, by the project's own tools: TypeScript among them.

    choice.py    which tool builds a project's handlers, if any
    esbuild.py   esbuild, as serverless-esbuild is configured
    inbuilt.py   settings of the esbuild that version 4 has inbuilt
    webpack.py   webpack, with the project's configuration, as serverless-webpack and serverless-bundle run it
    tsc.py       the TypeScript compiler, as serverless-plugin-typescript runs it
    bundle.py    serverless-bundle's settings, for esbuild where it is not installed
    older.py     plugins of the time before esbuild, which it stands in for
    tool.py      what they share: sources, where tools are installed, what a failure says
    record.py    what was built of what, so that what has not changed is not built again
    workshop.py  the processes that build, which are kept as long as ``up`` runs

Each of the three has a program of the same name (``esbuild.cjs``) that Node runs by way of ``worker.cjs``, with the
tool that the project has installed. It builds all handlers of a service at once and writes below ``.serverless``; what
it made is packaged under the names that handlers have.
"""
