"""The vocabulary of the product: names, time, chance, errors and the ports between services.

Imports the standard library alone, and nothing else of Stratolite. Importing it costs about a millisecond.
"""
