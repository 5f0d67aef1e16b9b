"""What is fetched once for all applications of a user, into their cache: what AWS's runtimes bring, and an esbuild.

    needs     which of AWS's SDKs for JavaScript functions import and do not bring
    filling   those SDKs, in the folder of which ``engine.node_sdk`` tells
    esbuild   an esbuild for projects that have no tool to build with
    fetching  how npm fetches either

boto3 needs none of it: Stratolite itself depends on it.
"""
