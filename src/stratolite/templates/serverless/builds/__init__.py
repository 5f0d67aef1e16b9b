"""Node handlers that are built before they are packaged, by the project's own tools: TypeScript among them.

    choice.py    which tool builds a project's handlers, if any
    esbuild.py   esbuild, as serverless-esbuild is configured
    webpack.py   webpack, with the project's configuration, as serverless-webpack runs it (webpack.cjs, run by Node)
    tsc.py       the TypeScript compiler, as serverless-plugin-typescript runs it
    tool.py      running a tool, and what it says when it fails

A tool runs once for all handlers of a service and writes below ``.serverless``; what it made is packaged under the
names that handlers have. Nothing is downloaded: a tool is used where the project has installed it.
"""
