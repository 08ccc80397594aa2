"""From MyST source to executed notebook to HTML: one execution for all.

Nothing in here knows a chapter: what is published is found by its place in
the tree (``chapters/``) and by its front matter.
"""
