"""Pictures of finished work, drawn from tables and arrays. The same input gives the same bytes.

Each module is imported by its own name (``from foldwork.pictures.validation import draw_validation``): this package
imports nothing itself, so that a script loads only what its picture needs.

A rule draws a picture with the script plot.py and names a module here in its params. The script calls the function ``plot`` of the module::

    plot(inputs, output, **params)

``inputs`` are the rule's input files by name (dict of str to Path), ``output`` is its only output (Path), and ``params`` are its params other than
``picture`` and ``caption``. The function writes its output with ``storage.atomic_write.replacing``.
"""
