"""Looking at what srcgrad generates: the command line and what it is made of.

Start with ``srcgrad show module:function``; ``srcgrad --help`` lists the rest.
"""
