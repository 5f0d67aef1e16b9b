"""AWS's wire protocols, without sockets, driven by botocore's JSON models read as data.

``route`` says which operation a request is, ``codec`` parses and serialises it, ``validate`` checks the model's
constraints. Codecs are compiled once per operation and cached; the models are read on first use (5 to 40 ms each).
The only package that reads botocore's data; it never imports botocore, which would cost 300 ms.
"""
