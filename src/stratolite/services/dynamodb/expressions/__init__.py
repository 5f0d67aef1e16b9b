"""DynamoDB's expressions: text to tokens (``lexer``), to a tree (``grammar``, ``conditions``, ``parser``), to a
function (``evaluate``, ``update``).

A tree depends on the text alone and is cached by it; ``binding`` resolves its ``#names`` and ``:values`` and words the
errors in DynamoDB's order. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""
