"""PartiQL, as far as DynamoDB speaks it: texts become statements, statements become reads and writes of items.

``lexer.py`` finds tokens; ``parser.py``, ``conditions.py`` and ``values.py`` make statements of them
(``statements.py``), with conditions in the same trees as those of expressions; ``parameters.py`` checks what stands for
question marks.
``keys.py`` finds what a WHERE clause says of keys, ``writes.py`` has the writes as actions like any other,
``selecting.py`` reads. The API is ``operations/statements.py``.
"""
