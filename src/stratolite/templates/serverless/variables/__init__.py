"""Variables of a serverless file: ``${source(params):address, fallback}``.

``expression`` parses them, ``tree`` resolves them over a document whose values name each other, ``sources`` looks
values up, ``scripts`` asks Node for the values of JavaScript files, ``dotenv`` reads ``.env``, and ``resolver`` puts
all of it together: it gives the configuration that is compiled.
Follows https://www.serverless.com/framework/docs-providers-aws-guide-variables (version 3).
"""
