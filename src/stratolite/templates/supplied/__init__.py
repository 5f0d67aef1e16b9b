"""The SDKs for JavaScript that AWS's runtimes bring, for functions that rely on them.

``needs`` finds out what functions import and do not bring, ``filling`` has npm fetch it once for all applications, into
the folder of which ``engine.node_sdk`` tells. boto3 needs none of it: Stratolite itself depends on it.
"""
