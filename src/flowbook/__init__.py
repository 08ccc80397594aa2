"""The library behind the book *TensorFlow, Executed*.

Chapters import what only serves (claims, figures, data, hardware,
instruments) from here; the code that teaches stays in the chapter.
"""

__version__ = "0.1.0"
