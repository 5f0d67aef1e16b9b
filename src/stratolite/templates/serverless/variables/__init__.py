"""Variables of a serverless file: ``${source(params):address, fallback}``.

``expression`` parses them, ``sources`` looks values up, ``resolver`` puts the two together over a whole file, and
``scripts`` asks Node for the values of JavaScript files.
Follows https://www.serverless.com/framework/docs-providers-aws-guide-variables (version 3).
"""
