"""What if a search had gone otherwise: a new run that begins with the tree of an old one and goes on differently.

`changes` says what may be changed and which runs it can be done to, and carries an old tree over; it loads no model.
`growing` runs the change and logs it, `resuming` goes on with one that was interrupted. The old run is only ever read.
"""
