"""Ten lessons about what a model does that thinks at test time, each told by the sample runs.

`catalogue` lists them; a module a lesson says what is shown; `en/` and `zh/` say it in words.
"""
