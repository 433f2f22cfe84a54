# An include does not set the default target, so the root Snakefile has one of its own.
include: "workflow/Snakefile"


rule main:
    default_target: True
    input:
        rules.all.input,
